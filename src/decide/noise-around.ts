/** What is known of the noise of a comparison besides its own values: from the A/A control, other functions, the base, and records. */

import { median, sampleStandardDeviation } from 'simple-statistics';
import { groupBy } from '../lib/group-by.ts';
import type { BaselineRecord } from '../model/baseline.ts';
import type { Config } from '../model/config.ts';
import type { Metric } from '../model/metrics.ts';
import type { SamplesHeader } from '../model/samples.ts';
import { listBaseBlocks } from '../samples/base-blocks.ts';
import { fingerprintDifferences } from '../samples/fingerprint-differences.ts';
import type { Block } from '../samples/group-blocks.ts';
import { pairBlocks } from '../samples/pair-blocks.ts';
import { lagOne } from '../stats/serial-correlation.ts';
import { findDisturbances } from './check-disturbed.ts';
import type { ComparisonContext, ComparisonInputs, FunctionBlocks, NoiseElsewhere } from './comparison-inputs.ts';
import type { NoiseAround } from './early-test.ts';
import type { PlannedComparison } from './plan-comparisons.ts';
import { type SeenBlocks, twinSeries } from './twin-series.ts';

/** Of the functions measured before this one, this many count: the nearest in time. More would only be more cautious. */
const MOST_OTHERS = 3;
/** So far back they are looked for. */
const LOOK_BACK = 10;
/** Fewer values say nothing of their scale, or of their correlation. */
const FEWEST = { scale: 4, correlation: 10 };
const HIGH_CORRELATION = 0.3;
/** Nearer to the limit than a tenth of the cost, few blocks decide only where the A/A control is much quieter than that. */
const LEAST_DISTANCE = { share: 0.1, controlRanges: 5 };
/** As a share of the cost; a factor of three on the scale of ratios. */
const FAR_SHARE = 1.1;
/** That the control got slower than the base's, at a level of 0.01, takes seven blocks; a pass must not come before it can be told. */
export const FEWEST_WITH_BASE = 7;
/** In how many blocks the machine may have been disturbed where an early look fails: one block alone makes no early fail. */
const MOST_DISTURBED = 1;
/** Of the blocks, each of two arms has to be first in so many at least. */
const LEAST_ORDER_SHARE = 1 / 3;

const scaleOf = (values: number[]): number[] => (values.length < FEWEST.scale ? [] : [sampleStandardDeviation(values)]);

const key = (name: string, isolation: string, metric: string): string => JSON.stringify([name, isolation, metric]);

/** Blocks of the first attempt, which were all measured before the functions that came after this one. */
const firstBlocks = ({ blocks, attempts }: FunctionBlocks): Block[] => {
  const until = attempts[0]?.until ?? Number.POSITIVE_INFINITY;
  return blocks.filter(({ index }) => index < until);
};

/** By function, then by metric and isolation. */
export type NoiseScales = Map<string, Map<string, number[]>>;

export interface NoiseIndex {
  noiseElsewhere: ComparisonContext['noiseElsewhere'];
  /** Remembers the scale of one function while its blocks are in memory, as later functions will ask for it. */
  note: (name: string, isolation: string, metric: Metric) => void;
}

/**
 * Functions are measured in turn, and only those before this one on the same machine count, and records only where the
 * measuring job had them: so what was decided during a run is decided in the same way after it.
 * @param inTurn names of the functions in the order of measurement
 * @param scales what is known of them already, and what this finds out
 */
export const indexNoise = (
  inTurn: readonly string[],
  blocksOf: (name: string) => FunctionBlocks,
  {
    baseline: given,
    fingerprint,
    gate,
    measured,
  }: Pick<SamplesHeader, 'baseline' | 'fingerprint' | 'gate' | 'measured'>,
  scales: NoiseScales = new Map(),
): NoiseIndex => {
  const placeOf = new Map(inTurn.map((name, index) => [name, index]));
  const scaleIn = (name: string, isolation: string, metric: Metric): number[] => {
    const own = scales.get(name) ?? new Map<string, number[]>();
    scales.set(name, own);
    const id = `${metric} ${isolation}`;
    const scale = own.get(id) ?? scaleOf(pairBlocks(firstBlocks(blocksOf(name)), { isolation }, metric).ratio);
    own.set(id, scale);
    return scale;
  };
  const partOf = new Map((measured?.parts ?? []).flatMap((names, part) => names.map((name) => [name, part] as const)));
  const baseline = measured?.hadBaseline === false ? [] : given;
  const own = groupBy(baseline, (record) => key(record.function, record.isolation, record.metric));
  const alike = groupBy(baseline, (record) => key('', record.isolation, record.metric));
  const isOfThisHost = (record: BaselineRecord): boolean =>
    record.gate === gate && fingerprintDifferences(record.fingerprint, fingerprint).length === 0;
  const noiseElsewhere: NoiseIndex['noiseElsewhere'] = (name, isolation, metric) => {
    const place = placeOf.get(name) ?? inTurn.length;
    const others: number[] = [];
    for (let before = place - 1; before >= Math.max(0, place - LOOK_BACK) && others.length < MOST_OTHERS; before -= 1) {
      const other = inTurn[before] as string;
      if (partOf.get(other) === partOf.get(name)) others.push(...scaleIn(other, isolation, metric));
    }
    const record = own.get(key(name, isolation, metric))?.find(isOfThisHost);
    const recorded =
      record === undefined
        ? (alike.get(key('', isolation, metric)) ?? [])
            .slice(0, LOOK_BACK)
            .filter(isOfThisHost)
            .flatMap(({ blocks }) => scaleOf(blocks.ratio))
            .slice(0, MOST_OTHERS)
        : scaleOf(record.blocks.ratio);
    const series = record?.blocks.ratio ?? [];
    return {
      scales: [...others, ...recorded],
      isCorrelated: series.length >= FEWEST.correlation && lagOne(series) > HIGH_CORRELATION,
    };
  };
  return { noiseElsewhere, note: scaleIn };
};

const isBalanced = (isFirst: (boolean | null)[]): boolean => {
  const known = isFirst.filter((one) => one !== null);
  const first = known.filter(Boolean).length;
  return Math.min(first, known.length - first) >= LEAST_ORDER_SHARE * known.length;
};

/** @param elsewhere scales of the same isolation in other functions, on the base or in records @param size the cost, where a share of it counts */
export const combineNoise = (
  twin: number[],
  elsewhere: number[],
  size: number,
): Pick<NoiseAround, 'scales' | 'isAlone' | 'leastDistance' | 'farDistance'> => {
  const ofTwin = scaleOf(twin);
  const isAlone = elsewhere.length === 0;
  const plain = LEAST_DISTANCE.share * size;
  return {
    scales: [...ofTwin, ...elsewhere],
    isAlone,
    farDistance: FAR_SHARE * size,
    leastDistance:
      isAlone || ofTwin.length === 0 ? plain : Math.min(plain, LEAST_DISTANCE.controlRanges * rangeOf(twin)),
  };
};

const rangeOf = (values: number[]): number => Math.max(...values) - Math.min(...values);

const countDisturbed = (blocks: Block[], isolation: string): number =>
  blocks.filter(({ control, treatments }) =>
    [control, treatments.get(isolation)].some((one) => findDisturbances(one?.host).length > 0),
  ).length;

/**
 * @param seen blocks of the function, as far as the look went
 * @param n values that the look sees
 * @param elsewhere computed when it is called
 */
export const findNoiseAround = (
  { declared, against }: PlannedComparison,
  { isFirst, costs }: Pick<ComparisonInputs, 'isFirst' | 'costs'>,
  { blocks, count, n }: Required<SeenBlocks> & { n: number },
  elsewhere: () => NoiseElsewhere,
  { failOnBase }: Pick<Config, 'failOnBase'>,
): NoiseAround => {
  const { isolation, kind, limit } = declared;
  const isControl = declared.metric === 'control';
  const metric = declared.metric === 'control' ? 'latency' : declared.metric;
  // A growth is the difference of two overheads, each with noise of its own.
  const factor = against?.source === 'base' && !isControl ? Math.SQRT2 : 1;
  const size = limit.scale === 'ratio' || n === 0 ? 1 : median(costs.slice(0, n));
  const hasBase = blocks.some(({ base }, index) => index < count && base?.control != null);
  const twin = twinSeries(blocks, count, metric, limit.scale).map((value) => value * factor);
  // The control's own growth has the noise of the A/A control, and no isolation's.
  const { scales, isCorrelated } = isControl ? { scales: scaleOf(twin), isCorrelated: false } : elsewhere();
  const onBase =
    isControl || !hasBase
      ? []
      : pairBlocks(listBaseBlocks(blocks.slice(0, count)), { isolation }, metric, limit.scale)[limit.scale];
  return {
    ...combineNoise(
      twin,
      [
        ...scales.map((scale) => scale * (isControl ? 1 : size * factor)),
        // The same isolation of the same function, at another revision.
        ...scaleOf(onBase).map((scale) => scale * factor),
      ],
      size,
    ),
    isBarred: isCorrelated || !isBalanced(isFirst.slice(0, n)) || (hasBase && n < FEWEST_WITH_BASE),
    // Whether the base breaks the budget already takes more blocks to know, and excuses a fail. On a busy machine the ranks decide.
    mayFail:
      (failOnBase || kind !== 'budget' || !hasBase) &&
      countDisturbed(blocks.slice(0, count), isolation) <= MOST_DISTURBED,
  };
};
