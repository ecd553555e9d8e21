import { median } from 'simple-statistics';
import type { Config } from '../model/config.ts';
import type { Bounds, Metric } from '../model/metrics.ts';
import type { AttemptPlan, Looks } from '../model/samples.ts';
import type { Block } from '../samples/group-blocks.ts';
import { costOf } from '../samples/metric-value.ts';
import { type ArmCount, type Pair, type PairedSeries, pairBlocks } from '../samples/pair-blocks.ts';
import { pairRevisions } from '../samples/pair-revisions.ts';
import { MAX_EXACT_VALUES, mannWhitneyCritical, mannWhitneyP } from '../stats/mann-whitney.ts';
import { type OneSidedAlpha, pairedBlocksNeeded, pairedBounds } from '../stats/paired-bounds.ts';
import { shiftBlocksNeeded, shiftBounds } from '../stats/shift-bounds.ts';
import { attainableLevel, signedRankP } from '../stats/signed-rank.ts';
import { type Centre, estimateCentre, subtractCentres, UNKNOWN_CENTRE } from '../stats/student.ts';
import type { GatedComparisons } from './gated-comparisons.ts';
import type { PlannedComparison } from './plan-comparisons.ts';

/** The blocks of one function, up to the last block that counts. */
export interface FunctionBlocks {
  name: string;
  blocks: Block[];
  /** Blocks that decide nothing, of arms without a limit. */
  orientation: Block[];
  /** Left out because an arm is missing. */
  incomplete: number;
  attempts: AttemptPlan[];
  /** By block number: the isolations that the block was planned to hold. A block that is not in it was to hold all. */
  arms: ReadonlyMap<number, ReadonlySet<string>>;
}

/** What is known of the noise of an isolation in places other than the comparison's own blocks. */
export interface NoiseElsewhere {
  /** Standard deviations of ln(arm ÷ control). */
  scales: number[];
  /** Neighbouring blocks of the recorded run of this very comparison were alike. */
  isCorrelated: boolean;
}

/** What every comparison of a function is decided with. */
export interface ComparisonContext {
  fn: FunctionBlocks;
  looks: Looks;
  /** All comparisons of the run that are decided. */
  gated: GatedComparisons;
  /** Over how many comparisons alpha is divided. */
  familySize: number;
  config: Config;
  /** The run is over, so there will be no more blocks. */
  final: boolean;
  noiseElsewhere: (name: string, isolation: string, metric: Metric) => NoiseElsewhere;
}

export type Outcome = 'fail' | 'pass';

/** Counts of instances of one arm, as far as a look went. */
export interface ArmFailures {
  isolation: string;
  started: number;
  failed: number;
  firstFailure: string | null;
  isUnbuilt?: true;
}

/** What one comparison is decided on, by its first n usable blocks. */
export interface ComparisonInputs {
  /** On the decision scale: one for each usable block, in the order of the blocks. */
  values: number[];
  /** For each value the number of its block, and its place among the function's blocks. */
  at: { block: number; index: number }[];
  /** What each value was computed from; empty where values are compared with a stored baseline. */
  pairs: Pair[];
  /** For each value the arm's own cost, from which a minimum effect in native units is computed. */
  costs: number[];
  /** For each value whether what it is compared with ran first in its block; null where that is not known. */
  isFirst: (boolean | null)[];
  /** One-sided p-values over the first `n` values. */
  p: (n: number, limit: number) => { above: number; below: number };
  bounds: (n: number, alpha: OneSidedAlpha) => Bounds;
  /** Mean of the first `n` values (two at least), where `blocksPer` of them are worth one independent value. */
  centre: (n: number, blocksPer: number) => Centre;
  /** Distance of each of the first `n` values from the limit, which is added to the middle of a stored baseline. */
  distances: (n: number, limit: number) => number[];
  /** Names the distribution of `attainable`, so that levels can be remembered by it. */
  kind: string;
  /** The largest level that the test of n values can have and that is at most `level`; 0 where there is none. */
  attainable: (n: number, level: number) => number;
  /** Fewest blocks with a bound at that level; null where no number of blocks has one. */
  needed: (alpha: number) => number | null;
  /** Number of the function's blocks up to the last that was planned to hold this comparison's arms. */
  seen: () => number;
  /** How many of the function's first `blocks` blocks were planned to hold this comparison's arms. */
  expected: (blocks: number) => number;
  /** Failed instances in the function's first `blocks` blocks. */
  failures: (blocks: number) => ArmFailures[];
}

const named = (isolation: string, count: ArmCount): ArmFailures => ({ isolation, ...count });

const lastPlanned = (blocks: Block[], isPlanned: (block: Block) => boolean): number =>
  blocks.findLastIndex(isPlanned) + 1;

/** The signed-rank test, for values that are paired inside their block. */
export const pairedTest = (
  values: number[],
): Pick<ComparisonInputs, 'p' | 'bounds' | 'centre' | 'distances' | 'kind' | 'attainable' | 'needed'> => ({
  p: (n, limit) => signedRankP(values.slice(0, n), limit),
  bounds: (n, alpha) => pairedBounds(values.slice(0, n), alpha),
  centre: (n, blocksPer) => estimateCentre(values.slice(0, n), blocksPer),
  distances: (n, limit) => values.slice(0, n).map((value) => value - limit),
  kind: 'paired',
  attainable: attainableLevel,
  needed: pairedBlocksNeeded,
});

/** The Mann–Whitney test against the values of a stored baseline. */
const unpairedTest = (
  values: number[],
  then: number[],
): Pick<ComparisonInputs, 'p' | 'bounds' | 'centre' | 'distances' | 'kind' | 'attainable' | 'needed'> => ({
  p: (n, limit) => mannWhitneyP(values.slice(0, n), then, limit),
  bounds: (n, alpha) => shiftBounds(values.slice(0, n), then, alpha),
  centre: (n, blocksPer) =>
    n < 2 || then.length < 2
      ? UNKNOWN_CENTRE
      : subtractCentres(estimateCentre(values.slice(0, n), blocksPer), estimateCentre(then, 1)),
  distances: (n, limit) => {
    if (then.length === 0) return [];
    const origin = median(then) + limit;
    return values.slice(0, n).map((value) => value - origin);
  },
  kind: `against ${then.length}`,
  attainable: (n, level) =>
    n + then.length <= MAX_EXACT_VALUES && mannWhitneyCritical(n, then.length, level) === null ? 0 : level,
  needed: (alpha) => shiftBlocksNeeded(then.length, alpha),
});

const onScale = (scale: 'ratio' | 'difference', costs: number[]): number[] =>
  scale === 'ratio' ? costs.filter((cost) => cost > 0).map(Math.log) : costs;

/** The control now against the control of a stored baseline. */
const collectControlInputs = (
  { declared: { limit }, record }: PlannedComparison,
  blocks: Block[],
  config: Config,
): ComparisonInputs => {
  const { scale } = limit;
  const costs: number[] = [];
  const at: ComparisonInputs['at'] = [];
  for (const [index, block] of blocks.entries()) {
    const [cost] = pairBlocks([block], 'twin', 'latency', scale).control;
    if (cost === undefined || (scale === 'ratio' && cost <= 0)) continue;
    costs.push(cost);
    at.push({ block: block.index, index });
  }
  const values = onScale(scale, costs);
  return {
    ...unpairedTest(values, onScale(scale, record?.control ?? [])),
    values,
    at,
    costs,
    isFirst: [],
    pairs: [],
    seen: () => blocks.length,
    expected: (count) => count,
    failures: (count) => [named(config.control, pairBlocks(blocks.slice(0, count), 'twin', 'latency', scale).controls)],
  };
};

/** @param isolation of the arm; null for the control */
const isBaseFirst = ({ control, treatments, base }: Block, isolation: string | null): boolean | null => {
  const head = isolation === null ? control : treatments.get(isolation);
  const other = isolation === null ? base?.control : base?.treatments.get(isolation);
  return head == null || other == null || head.position === other.position ? null : other.position < head.position;
};

/** Head against base in the same blocks: the growth of the overhead, or of the control itself. */
const collectRevisionInputs = (
  { declared }: PlannedComparison,
  blocks: Block[],
  isOwn: (block: Block) => boolean,
  config: Config,
): ComparisonInputs => {
  const { limit, isolation } = declared;
  const isControl = declared.metric === 'control';
  const metric = declared.metric === 'control' ? 'latency' : declared.metric;
  const some = (part: Block[]) => pairRevisions(part, isolation, metric, limit.scale);
  const found = blocks.flatMap((block, index) => {
    const one = some([block]);
    const [value] = (isControl ? one.control : one.growth)[limit.scale];
    const cost = costOf(isControl ? block.control : block.treatments.get(isolation), metric);
    return value === undefined || cost === null
      ? []
      : [{ value, cost, at: { block: block.index, index }, isFirst: isBaseFirst(block, isControl ? null : isolation) }];
  });
  const values = found.map(({ value }) => value);
  // Blocks in which only the controls go on, after an isolation was decided, do not count for that isolation.
  const isPlanned = (block: Block): boolean => block.base !== null && (isControl || isOwn(block));
  return {
    ...pairedTest(values),
    values,
    at: found.map(({ at }) => at),
    costs: found.map(({ cost }) => cost),
    isFirst: found.map((one) => one.isFirst),
    pairs: [],
    seen: () => lastPlanned(blocks, isPlanned),
    expected: (count) => blocks.slice(0, count).filter(isPlanned).length,
    failures: (count) => {
      const { head, base } = some(blocks.slice(0, count).filter(isPlanned));
      const controls = [named(config.control, head.control), named(`base ${config.control}`, base.control)];
      return isControl ? controls : [...controls, named(isolation, head.arm), named(`base ${isolation}`, base.arm)];
    },
  };
};

const pairSeries = (isolation: string, metric: Metric, scale: 'ratio' | 'difference') => (blocks: Block[]) =>
  pairBlocks(blocks, { isolation }, metric, scale);

const onScaleOf =
  (scale: 'ratio' | 'difference') =>
  ({ control, treatment }: Pair): number =>
    scale === 'ratio' ? Math.log(treatment) - Math.log(control) : treatment - control;

export const collectInputs = (
  planned: PlannedComparison,
  { blocks, arms }: Pick<FunctionBlocks, 'blocks' | 'arms'>,
  config: Config,
): ComparisonInputs => {
  const { declared, record } = planned;
  const { scale } = declared.limit;
  const isPlanned = ({ index }: Block): boolean => arms.get(index)?.has(declared.isolation) ?? true;
  if (planned.against?.source === 'base') return collectRevisionInputs(planned, blocks, isPlanned, config);
  if (declared.metric === 'control') return collectControlInputs(planned, blocks, config);
  const series: (some: Block[]) => PairedSeries = pairSeries(declared.isolation, declared.metric, scale);
  const { pairs } = series(blocks);
  const values = pairs.map(onScaleOf(scale));
  return {
    ...(declared.kind === 'budget' ? pairedTest(values) : unpairedTest(values, record?.blocks[scale] ?? [])),
    values,
    at: pairs.map(({ block, index }) => ({ block, index })),
    // The checks are made for paired values; for growth over a stored baseline the pairs are only one half.
    pairs: declared.kind === 'budget' ? pairs : [],
    costs: pairs.map(({ treatment }) => treatment),
    isFirst: pairs.map(({ controlFirst }) => controlFirst),
    seen: () => lastPlanned(blocks, isPlanned),
    expected: (count) => blocks.slice(0, count).filter(isPlanned).length,
    failures: (count) => {
      const own = blocks.slice(0, count).filter(isPlanned);
      // Where the control never worked, no other arm was planned: the control's failures are the reason then.
      const counts = series(own.length > 0 ? own : blocks.slice(0, count));
      return [named(`control ${config.control}`, counts.controls), named(declared.isolation, counts.arms)];
    },
  };
};
