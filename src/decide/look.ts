/** What one look at one comparison sees, and whether that decides it. Looks are numbered from 0. */

import { mean } from 'simple-statistics';
import { once } from '../lib/once.ts';
import { ATTEMPT_SHARE, alphaShare } from '../stats/group-sequential.ts';
import { sequentialLevels } from '../stats/sequential-levels.ts';
import { blocksPerIndependent } from '../stats/serial-correlation.ts';
import { studentP } from '../stats/student.ts';
import { checkLook } from './check-validity.ts';
import type { Member } from './comparison-family.ts';
import { type ComparisonContext, type ComparisonInputs, collectInputs, type Outcome } from './comparison-inputs.ts';
import { type EarlyTest, earlyLevel, shareOfRanks } from './early-looks.ts';
import { eachTestP, type NoiseAround, ratioTestP, unimodalTestP } from './early-test.ts';
import type { Finding } from './finding.ts';
import { flooredLimit } from './limit-scale.ts';
import { countLosses, type Losses } from './losses.ts';
import { betweenRunsWidening, controlNoiseWidening } from './noise.ts';
import { findNoiseAround } from './noise-around.ts';
import { comparisonAttempts, type PlannedLook, planAttempts, withEarlyLooks } from './plan-attempts.ts';
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
  /** One-sided p-value of the look's own test against the limit, moved by `widening` towards the outcome. */
  p: (look: number, outcome: Outcome, widening: number) => number;
  /**
   * The same by the test of the looks that are not early: of the ranks, or where blocks are correlated the larger of theirs
   * and of Student's t for as many blocks as they are worth.
   */
  late: (look: number, outcome: Outcome, widening: number) => number;
  /** The same from the ranks alone. */
  ranks: (look: number, outcome: Outcome, widening: number) => number;
  /** Nearly all of many blocks are on that side of the limit, so correlation and trends cannot explain the outcome. */
  isClear: (look: number, outcome: Outcome) => boolean;
  /** What early looks know of the noise. */
  noiseAround: (look: number) => NoiseAround;
  /** Early looks have a part of alpha, whether they have come yet or not. */
  hasEarlyLooks: boolean;
}

/** What the ranks have of alpha. */
const rankShare = (outcome: Outcome, hasEarlyLooks: boolean): number => (hasEarlyLooks ? shareOfRanks(outcome) : 1);

/** The ranks' levels of one comparison if no other fails. */
const wholeLevels = (
  { looks, familySize }: ComparisonContext,
  hasEarlyLooks: boolean,
): { fail: number; pass: number } => ({
  fail: (looks.alphaFail * rankShare('fail', hasEarlyLooks) * ATTEMPT_SHARE) / familySize,
  pass: looks.alphaPass * rankShare('pass', hasEarlyLooks) * ATTEMPT_SHARE,
});

/** Early looks need values that are paired in their block. */
const planEarlyLooks = ({ kind }: ComparisonInputs, { looks }: ComparisonContext): number[] =>
  kind === 'paired' ? (looks.early ?? []) : [];

/** Fewest blocks with which both a fail and a pass are possible; null where no number of blocks is enough. */
export const fewestBlocks = (inputs: ComparisonInputs, context: ComparisonContext): number | null => {
  const { fail, pass } = wholeLevels(context, planEarlyLooks(inputs, context).length > 0);
  const needed = inputs.needed(Math.min(fail, pass));
  return needed === null ? null : Math.max(needed, context.config.measure.minBlocks);
};

/** By look. There are a dozen functions like this for each comparison, and an array is lighter than a map. */
const remembered = <T>(compute: (look: number) => T): ((look: number) => T) => {
  const known: T[] = [];
  return (look) => {
    const before = known[look];
    if (before !== undefined) return before;
    const value = compute(look);
    known[look] = value;
    return value;
  };
};

/** The p-values without widening are asked for again and again. */
const rememberedP = (compute: LookView['p']): LookView['p'] => {
  const plain = {
    fail: remembered((look) => compute(look, 'fail', 0)),
    pass: remembered((look) => compute(look, 'pass', 0)),
  };
  return (look, outcome, widening) => (widening === 0 ? plain[outcome](look) : compute(look, outcome, widening));
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

/** Levels that differ by less than this share of rounding count as the same. */
const ROUNDING = 1e-9;

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
  scale: 'ratio' | 'difference';
  limit: (look: number) => { limit: number; isFloor: boolean };
  losses: (look: number) => Losses;
  controlNoise: (look: number) => number;
  betweenRuns?: number;
  noiseAround: (look: number) => NoiseAround;
  hasEarlyLooks: boolean;
  findings: (look: number, outcome: Outcome | 'open', level: number) => Finding[];
}

export const buildLookView = (parts: LookViewParts): Omit<LookView, 'inputs'> => {
  const { inputs, scale: _, ...others } = parts;
  const { looks } = parts;
  const countAt = (look: number): number => looks[look]?.n ?? 0;
  const limit = remembered(parts.limit);
  const blocksPer = remembered((look) =>
    blocksPerIndependent(inputs.values.slice(0, countAt(look)), looks[look]?.isFull === true),
  );
  const against = (look: number, outcome: Outcome, widening: number): number =>
    limit(look).limit + (outcome === 'fail' ? widening : -widening);
  // Without widening both outcomes are tested against the same limit.
  const plainRanks = remembered((look) => inputs.p(countAt(look), limit(look).limit));
  const ranks: LookView['ranks'] = (look, outcome, widening) =>
    (widening === 0 ? plainRanks(look) : inputs.p(countAt(look), against(look, outcome, widening)))[SIDE[outcome]];
  const isClear: LookView['isClear'] = (look, outcome) => {
    const n = countAt(look);
    const sign = outcome === 'fail' ? 1 : -1;
    const { limit: at } = limit(look);
    const beyond = inputs.distances(n, at).filter((distance) => sign * distance > 0).length;
    return n >= CLEAR.blocks && beyond >= CLEAR.share * n;
  };
  const late: LookView['late'] = (look, outcome, widening) => {
    const p = ranks(look, outcome, widening);
    if (blocksPer(look) <= 1 || isClear(look, outcome)) return p;
    const centre = inputs.centre(countAt(look), blocksPer(look));
    return Math.max(p, studentP(centre, against(look, outcome, widening))[SIDE[outcome]]);
  };
  const noiseAround = remembered(parts.noiseAround);
  const early = (test: EarlyTest, look: number, outcome: Outcome, widening: number): number => {
    const values = inputs.values.slice(0, countAt(look));
    const limit = against(look, outcome, widening);
    if (test !== 'ratio' && blocksPer(look) > 1) return 1;
    // No early test rejects on the other side of the limit, so nothing need be known of the noise.
    if (outcome === 'fail' ? mean(values) <= limit : mean(values) >= limit) return 1;
    if (test === 'unimodal') return unimodalTestP(values, limit, outcome, noiseAround(look));
    if (outcome === 'pass' || parts.scale !== 'ratio') return 1;
    const noise = noiseAround(look);
    return test === 'each' ? eachTestP(values, limit, outcome, noise) : ratioTestP(values, limit, noise);
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
    noiseAround,
    late,
    p: rememberedP((look, outcome, widening) => {
      const test = looks[look]?.test ?? 'ranks';
      return test === 'ranks' ? late(look, outcome, widening) : early(test, look, outcome, widening);
    }),
  };
};

/** Levels of all looks, by what they are computed from: comparisons with the same looks have the same. */
const knownLevels = new Map<string, number[]>();
const MOST_KNOWN = 10_000;

const levelsOf = (
  { looks, hasEarlyLooks }: Pick<LookView, 'looks' | 'hasEarlyLooks'>,
  { attainable, kind }: Pick<ComparisonInputs, 'attainable' | 'kind'>,
  alpha: number,
  outcome: Outcome,
): number[] => {
  const ofRanks = alpha * rankShare(outcome, hasEarlyLooks);
  const ranks = looks.filter(({ test }) => test === 'ranks');
  const levels = sequentialLevels(
    ranks.map(({ n, share }) => ({ n, spent: ofRanks * share })),
    attainable,
    kind,
  );
  let next = 0;
  return looks.map(({ test, n }) => {
    if (test !== 'ranks') return earlyLevel(test, outcome, n, alpha);
    next += 1;
    return levels[next - 1] ?? 0;
  });
};

/** What the comparison family needs to know about a comparison. */
export const toMember = (
  view: Omit<LookView, 'inputs'>,
  inputs: Pick<ComparisonInputs, 'attainable' | 'kind'>,
): Member => {
  const name = once(() =>
    [inputs.kind, view.hasEarlyLooks, ...view.looks.map(({ n, test, share }) => `${n} ${test} ${share}`)].join(),
  );
  return {
    looks: view.looks.length,
    levels: (alpha, outcome) => {
      const key = `${outcome} ${alpha} ${name()}`;
      const before = knownLevels.get(key);
      if (before !== undefined) return before;
      if (knownLevels.size >= MOST_KNOWN) knownLevels.clear();
      const levels = levelsOf(view, inputs, alpha, outcome);
      knownLevels.set(key, levels);
      return levels;
    },
    decides: (look, outcome, level) => decidesAt(view, look, outcome, level),
    mayFail: (last, alpha) =>
      view.looks.some((_, look) => look <= last && view.p(look, 'fail', 0) <= alpha * (1 + ROUNDING)),
  };
};

/** The looks at one comparison of a run. */
export const viewLooks = (planned: PlannedComparison, context: ComparisonContext): LookView => {
  const { fn, config, final } = context;
  const { declared } = planned;
  const inputs = collectInputs(planned, fn, config);
  const attempts = comparisonAttempts(declared.isolation, inputs, fn, context.looks, config.measure, final);
  const fewest = fewestBlocks(inputs, context) ?? Number.POSITIVE_INFINITY;
  const ofRanks = planAttempts(attempts, { within: alphaShare, attempt: ATTEMPT_SHARE, fewest });
  const early = planEarlyLooks(inputs, context);
  const looks = withEarlyLooks(ofRanks, early, inputs.values.length);
  const countAt = (look: number): number => looks[look]?.n ?? 0;
  const isEnd = (look: number): boolean => final && look === looks.length - 1;
  const seenAt = (look: number): number =>
    isEnd(look) ? inputs.seen() : (inputs.at[countAt(look) - 1]?.index ?? -1) + 1;
  const limit = (look: number) => flooredLimit(declared, inputs.costs.slice(0, countAt(look)), config);
  const metric = declared.metric === 'control' ? 'latency' : declared.metric;
  const elsewhere = once(() => context.noiseElsewhere(fn.name, declared.isolation, metric));
  const seenBlocks = (look: number) => ({ blocks: fn.blocks, count: seenAt(look) });
  const view = buildLookView({
    inputs,
    looks,
    scale: declared.limit.scale,
    hasEarlyLooks: early.length > 0,
    noiseAround: (look) =>
      findNoiseAround(planned, inputs, { ...seenBlocks(look), n: countAt(look) }, elsewhere, config),
    limit,
    losses: (look) => countLosses(inputs, { seen: seenAt(look), incomplete: fn.incomplete, usable: countAt(look) }),
    betweenRuns: betweenRunsWidening(planned),
    controlNoise: (look) => controlNoiseWidening(declared, seenBlocks(look), context.gated, limit(look).limit),
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
  const least = level * (1 + ROUNDING);
  if (view.p(look, outcome, 0) > least) return false;
  if (outcome === 'pass' && view.losses(look).prevents) return false;
  if (!view.isClear(look, outcome) && view.findings(look, outcome, level).some(({ hold }) => hold !== null))
    return false;
  const widening = wideningAt(view, look, outcome, level);
  return widening === 0 || view.p(look, outcome, widening) <= least;
};
