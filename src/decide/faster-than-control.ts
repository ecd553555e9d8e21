import type { Metric } from '../model/metrics.ts';
import type { Warning } from '../model/warnings.ts';
import { showMetric } from './scale.ts';

/** Costs to which isolation can only add; a tail or memory may well be smaller in another arm. */
export const FASTER_METRICS = ['cold_start', 'latency', 'throughput', 'cpu'] as const satisfies Metric[];

/** Less than this is what layouts of memory and caches make of the same work. */
const NOTICEABLE = 0.95;

/** Cost of one arm over the control's, as factors. */
export interface SpeedUp {
  function: string;
  isolation: string;
  metric: Metric;
  estimate: number;
  /** One-sided upper bound. */
  upper: number;
  /** Lower end of the twin's interval; null where there is none. */
  twinLower: number | null;
}

const digits = (factor: number): string => `${Number(factor.toPrecision(3))}x`;

/**
 * Isolation adds work. An arm that is faster than the control, beyond what the twin shows of noise, passes any limit, but
 * not for a good reason.
 */
export const fasterThanControl = (speedUps: SpeedUp[]): Warning[] =>
  speedUps
    .filter(({ upper, twinLower }) => upper < NOTICEABLE && (twinLower === null || upper < twinLower))
    .map(({ function: name, isolation, metric, estimate, upper, twinLower }) => {
      const twin = twinLower === null ? '' : `, the control's twin at least ${digits(twinLower)}`;
      const what = `${name}: ${isolation} costs ${digits(estimate)} of the control in ${showMetric(metric)}`;
      const why = 'either the control was slowed or the isolated function did less';
      return { code: 'faster-than-control', message: `${what} (at most ${digits(upper)}${twin}): ${why}` };
    });
