/** What one look at one comparison sees, and whether that decides it. Looks are numbered from 0. */

import { ATTEMPT_SHARE, alphaShare } from '../stats/group-sequential.ts';
import { sequentialLevels } from '../stats/sequential-levels.ts';
import { blocksPerIndependent } from '../stats/serial-correlation.ts';
import { studentP } from '../stats/student.ts';
import { checkLook } from './check-validity.ts';
import type { Member } from './comparison-family.ts';
import { type ComparisonContext, type ComparisonInputs, collectInputs, type Outcome } from './comparison-inputs.ts';
import type { Finding } from './finding.ts';
import { flooredLimit } from './limit-scale.ts';
import { countLosses, type Losses } from './losses.ts';
import { betweenRunsWidening, controlNoiseWidening } from './noise.ts';
import { comparisonAttempts, type PlannedLook, planAttempts } from './plan-attempts.ts';
import type { PlannedComparison } from './plan-comparisons.ts';

export interface LookView {
  inputs: ComparisonInputs;
  looks: PlannedLook[];
  /** On the decision scale; `isFloor` where the minimum effect of regressions is above the limit. */
  limit: (look: number) => { limit: number; isFloor: boolean };
  /** How many blocks are worth one independent block. */
  blocksPer: (look: number) => number;
  losses: (look: number) => Losses;
  /** Shift of the A/A control, where it is large enough to count; else 0. */
  controlNoise: (look: number) => number;
  /** How much two runs of the same code differ; 0 where no stored record takes part. */
  betweenRuns: number;
  /** What the checks find for a look that would decide so at that level. */
  findings: (look: number, outcome: Outcome | 'open', level: number) => Finding[];
  /**
   * One-sided p-value against the limit, moved by `widening` towards the outcome. Where blocks are correlated, the larger of
   * the ranks' and of Student's t for as many blocks as they are worth.
   */
  p: (look: number, outcome: Outcome, widening: number) => number;
  /** The same from the ranks alone. */
  ranks: (look: number, outcome: Outcome, widening: number) => number;
  /** Nearly all of many blocks are on that side of the limit, so correlation and trends cannot explain the outcome. */
  isClear: (look: number, outcome: Outcome) => boolean;
}

/** The levels of one comparison if no other fails. */
const wholeLevels = ({ looks, familySize }: ComparisonContext): { fail: number; pass: number } => ({
  fail: (looks.alphaFail * ATTEMPT_SHARE) / familySize,
  pass: looks.alphaPass * ATTEMPT_SHARE,
});

/** Fewest blocks with which both a fail and a pass are possible; null where no number of blocks is enough. */
export const fewestBlocks = (inputs: ComparisonInputs, context: ComparisonContext): number | null => {
  const { fail, pass } = wholeLevels(context);
  const needed = inputs.needed(Math.min(fail, pass));
  return needed === null ? null : Math.max(needed, context.config.measure.minBlocks);
};

const remembered = <T>(compute: (key: number) => T): ((key: number) => T) => {
  const known = new Map<number, T>();
  return (key) => {
    if (known.has(key)) return known.get(key) as T;
    const value = compute(key);
    known.set(key, value);
    return value;
  };
};

const rememberedFindings = (compute: LookView['findings']): LookView['findings'] => {
  const known = new Map<string, Finding[]>();
  return (look, outcome, level) => {
    const key = `${look} ${outcome} ${level}`;
    const found = known.get(key) ?? compute(look, outcome, level);
    known.set(key, found);
    return found;
  };
};

const SIDE = { fail: 'above', pass: 'below' } as const;

/**
 * Simulated at the limit (20 000 runs of up to 60 blocks): with a correlation of 0.5 between neighbours one run in a hundred
 * comes to this, with 0.8 one in twelve. The ranks must reject as well.
 */
const CLEAR = { blocks: 20, share: 0.9 };

/** What a view is made of. Everything is computed only when it is asked for. */
export interface LookViewParts {
  inputs: Pick<ComparisonInputs, 'values' | 'p' | 'centre' | 'distances'>;
  looks: PlannedLook[];
  limit: (look: number) => { limit: number; isFloor: boolean };
  losses: (look: number) => Losses;
  controlNoise: (look: number) => number;
  betweenRuns?: number;
  findings: (look: number, outcome: Outcome | 'open', level: number) => Finding[];
}

export const buildLookView = (parts: LookViewParts): Omit<LookView, 'inputs'> => {
  const { inputs, ...others } = parts;
  const { looks } = parts;
  const countAt = (look: number): number => looks[look]?.n ?? 0;
  const limit = remembered(parts.limit);
  const blocksPer = remembered((look) =>
    blocksPerIndependent(inputs.values.slice(0, countAt(look)), looks[look]?.isFull === true),
  );
  const against = (look: number, outcome: Outcome, widening: number): number =>
    limit(look).limit + (outcome === 'fail' ? widening : -widening);
  const ranks: LookView['ranks'] = (look, outcome, widening) =>
    inputs.p(countAt(look), against(look, outcome, widening))[SIDE[outcome]];
  const isClear: LookView['isClear'] = (look, outcome) => {
    const n = countAt(look);
    const sign = outcome === 'fail' ? 1 : -1;
    const { limit: at } = limit(look);
    const beyond = inputs.distances(n, at).filter((distance) => sign * distance > 0).length;
    return n >= CLEAR.blocks && beyond >= CLEAR.share * n;
  };
  return {
    ...others,
    limit,
    blocksPer,
    losses: remembered(parts.losses),
    controlNoise: remembered(parts.controlNoise),
    betweenRuns: parts.betweenRuns ?? 0,
    findings: rememberedFindings(parts.findings),
    ranks,
    isClear,
    p: (look, outcome, widening) => {
      const p = ranks(look, outcome, widening);
      if (blocksPer(look) <= 1 || isClear(look, outcome)) return p;
      const centre = inputs.centre(countAt(look), blocksPer(look));
      return Math.max(p, studentP(centre, against(look, outcome, widening))[SIDE[outcome]]);
    },
  };
};

/** What the comparison family needs to know about a comparison. */
export const toMember = (
  view: Omit<LookView, 'inputs'>,
  { attainable, kind }: Pick<ComparisonInputs, 'attainable' | 'kind'>,
): Member => ({
  looks: view.looks.length,
  levels: (alpha) =>
    sequentialLevels(
      view.looks.map(({ n, share }) => ({ n, spent: alpha * share })),
      attainable,
      kind,
    ),
  decides: (look, outcome, level) => decidesAt(view, look, outcome, level),
});

/** The looks at one comparison of a run. */
export const viewLooks = (planned: PlannedComparison, context: ComparisonContext): LookView => {
  const { fn, config, final } = context;
  const { declared } = planned;
  const inputs = collectInputs(planned, fn, config);
  const attempts = comparisonAttempts(declared.isolation, inputs, fn, context.looks, config.measure, final);
  const fewest = fewestBlocks(inputs, context) ?? Number.POSITIVE_INFINITY;
  const looks = planAttempts(attempts, { within: alphaShare, attempt: ATTEMPT_SHARE, fewest });
  const countAt = (look: number): number => looks[look]?.n ?? 0;
  const isEnd = (look: number): boolean => final && look === looks.length - 1;
  const seenAt = (look: number): number =>
    isEnd(look) ? inputs.seen() : (inputs.at[countAt(look) - 1]?.index ?? -1) + 1;
  const limit = (look: number) => flooredLimit(declared, inputs.costs.slice(0, countAt(look)), config);
  const view = buildLookView({
    inputs,
    looks,
    limit,
    losses: (look) => countLosses(inputs, { seen: seenAt(look), incomplete: fn.incomplete, usable: countAt(look) }),
    betweenRuns: betweenRunsWidening(planned),
    controlNoise: (look) =>
      controlNoiseWidening(declared, fn.blocks.slice(0, seenAt(look)), context.gated, limit(look).limit),
    findings: (look, outcome, alpha) =>
      checkLook({ planned, inputs, context, n: countAt(look), limit: limit(look).limit, outcome, alpha }),
  });
  return { ...view, inputs };
};

const sumWidenings = (findings: Finding[]): number => findings.reduce((sum, { widening }) => sum + widening, 0);

/** By how much limits are widened: by the shift of the A/A control, the spread between runs, and what the checks found. */
export const wideningAt = (
  view: Pick<LookView, 'controlNoise' | 'betweenRuns' | 'findings' | 'isClear'>,
  look: number,
  outcome: Outcome | 'open',
  level: number,
): number => {
  const findings = view.findings(look, outcome, level);
  const isClear = outcome !== 'open' && view.isClear(look, outcome);
  return (
    view.controlNoise(look) +
    view.betweenRuns +
    sumWidenings(isClear ? findings.filter(({ code }) => code === 'coarse-values') : findings)
  );
};

/**
 * Whether a look decides at this level. The checks run only where the plain test would decide, because they can only hold a
 * verdict back.
 */
const decidesAt = (view: Omit<LookView, 'inputs'>, look: number, outcome: Outcome, level: number): boolean => {
  const least = level * (1 + 1e-9);
  if (view.p(look, outcome, 0) > least) return false;
  if (outcome === 'pass' && view.losses(look).prevents) return false;
  if (!view.isClear(look, outcome) && view.findings(look, outcome, level).some(({ hold }) => hold !== null))
    return false;
  const widening = wideningAt(view, look, outcome, level);
  return widening === 0 || view.p(look, outcome, widening) <= least;
};
