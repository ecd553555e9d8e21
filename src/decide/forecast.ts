/** Flow part: what an open comparison would still take, and whether the time that is left can bring it. */

import { normalUpperQuantile } from '../stats/distributions.ts';
import { conditionalPower } from '../stats/group-sequential.ts';
import type { Outcome } from './comparison-inputs.ts';
import type { LookView } from './look.ts';

/** Standard normal quantile of 80 %, the power that "would settle it" means. */
const POWER_80 = 0.8416;
/** Nearer than this to the limit, in standard errors, an estimate may as well be the limit. */
const AT_THE_LIMIT = 0.25;
/** No plan is worth more blocks than this. */
const MOST_BLOCKS = 10_000;

/**
 * Blocks with which a test of this level would settle it with a chance of 80 %, if the estimate holds:
 * n·((z₁₋α + z₀.₈) ÷ z)², z the statistic of now. Null where the estimate lies at the limit, or that is out of reach.
 */
export const blocksToSettle = (
  view: LookView,
  look: number,
  outcome: Outcome,
  { level, widening }: { level: number; widening: number },
): number | null => {
  const n = view.looks[look]?.n ?? 0;
  const p = view.p(look, outcome, widening);
  if (n === 0 || level <= 0 || p <= 0 || p >= 0.5) return null;
  const z = normalUpperQuantile(p);
  if (z < AT_THE_LIMIT) return null;
  const blocks = Math.ceil(n * ((normalUpperQuantile(level) + POWER_80) / z) ** 2);
  return blocks > MOST_BLOCKS ? null : Math.max(blocks, n + 1);
};

/** With less than this chance, taken at its best, the rest of the time is better spent elsewhere. */
const FUTILE = 0.05;

/**
 * Whether neither verdict can be expected with `blocksLeft` more blocks, at the end of which all alpha may be spent. Not at
 * the end itself: what is given up as hopeless has no such last look.
 */
export const isFutile = (view: LookView, alpha: { fail: number; pass: number }, blocksLeft: number): boolean => {
  const look = view.looks.length - 1;
  if (look < 0 || blocksLeft <= 0) return false;
  const n = view.looks[look]?.n ?? 0;
  return (['fail', 'pass'] as const).every((outcome) => {
    const level = view.inputs.attainable(n + blocksLeft, alpha[outcome]);
    const p = view.p(look, outcome, 0);
    if (outcome === 'pass' && view.losses(look).prevents) return true;
    return level <= 0 || conditionalPower({ p, t: n / (n + blocksLeft), level }) < FUTILE;
  });
};
