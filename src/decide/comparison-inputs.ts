/** What every comparison of a function is decided with. */

import { median } from 'simple-statistics';
import type { Config } from '../model/config.ts';
import type { Bounds, Metric } from '../model/metrics.ts';
import type { AttemptPlan, DeclaredComparison, Looks } from '../model/samples.ts';
import type { Block } from '../samples/group-blocks.ts';
import { costOf } from '../samples/metric-value.ts';
import { type ArmCount, type Pair, type PairedSeries, pairBlocks } from '../samples/pair-blocks.ts';
import { pairRevisions } from '../samples/pair-revisions.ts';
import { MAX_EXACT_VALUES, mannWhitneyCritical, mannWhitneyP } from '../stats/mann-whitney.ts';
import { type OneSidedAlpha, pairedBlocksNeeded, pairedBounds } from '../stats/paired-bounds.ts';
import { shiftBlocksNeeded, shiftBounds } from '../stats/shift-bounds.ts';
import { attainableLevel, signedRankP } from '../stats/signed-rank.ts';
import { type Centre, estimateCentre, subtractCentres, UNKNOWN_CENTRE } from '../stats/student.ts';
import type { PlannedComparison } from './plan-comparisons.ts';

/** What one function's samples hold, up to the last block that may count. */
export interface FunctionBlocks {
  name: string;
  blocks: Block[];
  /** Left out because an arm is missing. */
  incomplete: number;
  attempts: AttemptPlan[];
  /** By block number the isolations that it was to hold; of a block that is not in it, all. */
  arms: ReadonlyMap<number, ReadonlySet<string>>;
}

export interface ComparisonContext {
  fn: FunctionBlocks;
  looks: Looks;
  /** Comparisons that are decided, of the whole run. */
  gated: DeclaredComparison[];
  /** Over how many comparisons alpha is divided. */
  familySize: number;
  config: Config;
  /** The run is over: what there is, is all that there will be. */
  final: boolean;
}

export type Outcome = 'fail' | 'pass';

/** Counts of instances of one arm, as far as a look went. */
export interface ArmFailures {
  isolation: string;
  started: number;
  failed: number;
  firstFailure: string | null;
}

export interface ComparisonInputs {
  /** On the decision scale, one a usable block, in the order of the blocks. */
  values: number[];
  /** Number of the block of each, and its place among the function's blocks. */
  at: { block: number; index: number }[];
  /** What each was made of; empty where values are compared with a stored baseline's. */
  pairs: Pair[];
  /** The arm's own cost a value: what a floor in native units is measured on. */
  costs: number[];
  /** One-sided p-values over the first `n` values. */
  p: (n: number, limit: number) => { above: number; below: number };
  bounds: (n: number, alpha: OneSidedAlpha) => Bounds;
  /** Mean of the first `n` values, two at least, of which so many are worth an independent one. */
  centre: (n: number, blocksPer: number) => Centre;
  /** Of the first `n` values from what would be at the limit; of a stored baseline from its middle. */
  distances: (n: number, limit: number) => number[];
  /** Names the distribution of `attainable`. */
  kind: string;
  /** The largest level of the test of n values that is at most that; 0 where none. */
  attainable: (n: number, level: number) => number;
  /** Fewest blocks with a bound at that level; null where no number of blocks has one. */
  needed: (alpha: number) => number | null;
  /** Blocks of the function up to the last that was to hold this comparison's arms: later ones are none of its own. */
  seen: () => number;
  /** Of the function's first so many blocks those that were to hold this comparison's arms. */
  expected: (blocks: number) => number;
  /** Of the function's first `blocks` blocks. */
  failures: (blocks: number) => ArmFailures[];
}

const named = (isolation: string, count: ArmCount): ArmFailures => ({ isolation, ...count });

const lastPlanned = (blocks: Block[], isPlanned: (block: Block) => boolean): number =>
  blocks.findLastIndex(isPlanned) + 1;

/** Decided by the signed-rank test of values that are paired inside their block. */
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

/** Decided by the Mann–Whitney test against a stored baseline's values. */
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

/** The control against itself as it was. */
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
    ...{ values, at, costs, pairs: [] },
    seen: () => blocks.length,
    expected: (count) => count,
    failures: (count) => [named(config.control, pairBlocks(blocks.slice(0, count), 'twin', 'latency', scale).controls)],
  };
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
    return value === undefined || cost === null ? [] : [{ value, cost, at: { block: block.index, index } }];
  });
  const values = found.map(({ value }) => value);
  // Both controls go on without an isolation that is decided: those blocks are none of its own.
  const isPlanned = (block: Block): boolean => block.base !== null && (isControl || isOwn(block));
  return {
    ...pairedTest(values),
    ...{ values, at: found.map(({ at }) => at), costs: found.map(({ cost }) => cost), pairs: [] },
    seen: () => lastPlanned(blocks, isPlanned),
    expected: (count) => blocks.slice(0, count).filter(isPlanned).length,
    failures: (count) => {
      const { head, base } = some(blocks.slice(0, count).filter(isPlanned));
      const controls = [named(config.control, head.control), named(`base ${config.control}`, base.control)];
      return isControl ? controls : [named(isolation, head.arm), named(`base ${isolation}`, base.arm), ...controls];
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
    ...{ values, at: pairs.map(({ block, index }) => ({ block, index })) },
    // Checks look at what is decided on: of growth over a stored baseline the pairs are only one half.
    pairs: declared.kind === 'budget' ? pairs : [],
    costs: pairs.map(({ treatment }) => treatment),
    seen: () => lastPlanned(blocks, isPlanned),
    expected: (count) => blocks.slice(0, count).filter(isPlanned).length,
    failures: (count) => {
      const own = blocks.slice(0, count).filter(isPlanned);
      // A control that never worked let no arm be planned: its failures are why there is nothing.
      const counts = series(own.length > 0 ? own : blocks.slice(0, count));
      return [named(declared.isolation, counts.arms), named(`control ${config.control}`, counts.controls)];
    },
  };
};
