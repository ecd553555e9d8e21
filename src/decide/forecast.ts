/** How many blocks an open comparison would still need, and whether the time that is left is likely to be enough. */

import { normalUpperQuantile } from '../stats/distributions.ts';
import { conditionalPower } from '../stats/group-sequential.ts';
import type { Outcome } from './comparison-inputs.ts';
import type { LookView } from './look.ts';

/** Standard normal quantile of 80 %, the power with which that number of blocks would decide. */
const POWER_80 = 0.8416;
/** An estimate that is nearer to the limit than this, in standard errors, cannot be told apart from it. */
const AT_THE_LIMIT = 0.25;
/** More blocks than this are never worth their time. */
const MOST_BLOCKS = 10_000;

/**
 * Blocks with which a test of this level would decide with a chance of 80 %, if the estimate holds:
 * n·((z₁₋α + z₀.₈) ÷ z)², where z is the statistic now. Null where the estimate is at the limit or it would take too many.
 */
export const blocksToSettle = (
  view: LookView,
  look: number,
  outcome: Outcome,
  { level, widening }: { level: number; widening: number },
): number | null => {
  const n = view.looks[look]?.n ?? 0;
  const p = view.late(look, outcome, widening);
  if (n === 0 || level <= 0 || p <= 0 || p >= 0.5) return null;
  const z = normalUpperQuantile(p);
  if (z < AT_THE_LIMIT) return null;
  const blocks = Math.ceil(n * ((normalUpperQuantile(level) + POWER_80) / z) ** 2);
  return blocks > MOST_BLOCKS ? null : Math.max(blocks, n + 1);
};

/** With less than this chance of a decision, the rest of the time is better spent on other isolations. */
const FUTILE = 0.05;

/**
 * Whether neither verdict can be expected within `blocksLeft` more blocks, at the end of which all alpha may be spent. Never
 * at the end itself, because a comparison that is given up as futile has no last look. Nor before the fewest blocks with an
 * interval, as long as they can be had: without one nothing at all is known.
 */
export const isFutile = (
  view: LookView,
  alpha: { fail: number; pass: number },
  blocksLeft: number,
  fewest: number | null,
): boolean => {
  const look = view.looks.length - 1;
  // After so few blocks it is too early to give up.
  if (look < 0 || blocksLeft <= 0 || view.looks[look]?.test !== 'ranks') return false;
  const n = view.looks[look]?.n ?? 0;
  if (fewest !== null && n < fewest && n + blocksLeft >= fewest) return false;
  return (['fail', 'pass'] as const).every((outcome) => {
    const level = view.inputs.attainable(n + blocksLeft, alpha[outcome]);
    const p = view.late(look, outcome, 0);
    if (outcome === 'pass' && view.losses(look).prevents) return true;
    return level <= 0 || conditionalPower({ p, t: n / (n + blocksLeft), level }) < FUTILE;
  });
};
