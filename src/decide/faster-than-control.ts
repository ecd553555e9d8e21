import { formatCost, METRIC_NAMES } from '../lib/format.ts';
import type { Metric } from '../model/metrics.ts';
import type { Warning } from '../model/warnings.ts';
import type { Block } from '../samples/group-blocks.ts';
import { pairBlocks } from '../samples/pair-blocks.ts';
import { pairedBounds } from '../stats/paired-bounds.ts';
import type { GatedComparisons } from './gated-comparisons.ts';
import { boundControlNoise } from './noise.ts';

/** Costs that isolation can only increase; a tail or memory may well be smaller in another arm. */
const FASTER_METRICS = ['cold_start', 'latency', 'throughput', 'cpu'] as const satisfies Metric[];

/** Layouts of memory and caches alone change the cost of the same work by up to this factor. */
const NOTICEABLE = 0.95;

/** Cost of one arm over the control's, as factors. */
export interface SpeedUp {
  function: string;
  isolation: string;
  metric: Metric;
  estimate: number;
  /** One-sided upper bound. */
  upper: number;
  /** Lower end of the A/A control's interval; null where there is none. */
  noiseLower: number | null;
}

/**
 * Isolation only adds work. An arm that is faster than the control by more than the noise of the A/A control passes any
 * limit, but not for a good reason.
 */
export const fasterThanControl = (findSpeedUps: SpeedUp[]): Warning[] =>
  findSpeedUps
    .filter(({ upper, noiseLower }) => upper < NOTICEABLE && (noiseLower === null || upper < noiseLower))
    .map(({ function: name, isolation, metric, estimate, upper, noiseLower }) => {
      const noise = noiseLower === null ? '' : `; the A/A control: at least ${formatCost(noiseLower, 'x')}`;
      const cost = `${formatCost(estimate, 'x')} (at most ${formatCost(upper, 'x')}${noise})`;
      const message = `${name}: ${METRIC_NAMES[metric]} of ${isolation} against the control is ${cost}. Isolation only adds work, so either the control was slowed down or the isolated function did less`;
      return { code: 'faster-than-control', message };
    });

/** Each gated isolation and metric of one function against the control, with the noise of the A/A control, at the level of a pass. */
export const findSpeedUps = (name: string, blocks: Block[], gated: GatedComparisons, alpha: number): SpeedUp[] => {
  const arms = new Map(
    gated.ofFunction(name).flatMap(({ isolation, metric }) =>
      FASTER_METRICS.filter((one) => one === metric).map((one) => {
        return [JSON.stringify([isolation, one]), { function: name, isolation, metric: one }] as const;
      }),
    ),
  );
  return [...arms.values()].flatMap((arm) => {
    const { ratio } = pairBlocks(blocks, { isolation: arm.isolation }, arm.metric);
    // The bound is no smaller than the smallest value.
    if (ratio.every((value) => value > Math.log(NOTICEABLE))) return [];
    const { estimate, upper } = pairedBounds(ratio, { lower: alpha, upper: alpha });
    if (estimate === null || upper === null) return [];
    const noise = boundControlNoise({ blocks }, arm.metric, 'ratio', gated).lower;
    return [
      {
        ...arm,
        estimate: Math.exp(estimate),
        upper: Math.exp(upper),
        noiseLower: noise === null ? null : Math.exp(noise),
      },
    ];
  });
};
