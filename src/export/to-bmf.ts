import { oneLine } from '../lib/text.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import { KIND, selectMeasured } from './exported.ts';

interface BmfMetric {
  value: number;
  lower_value?: number;
  upper_value?: number;
}

/** Longest name of a benchmark: https://bencher.dev/docs/reference/bencher-metric-format/ */
const MAX_NAME = 1024;

/**
 * Bencher Metric Format: a benchmark `GATE/FUNCTION/ISOLATION` with a measure such as `latency-overhead`, `cold-start-growth`.
 * Ratios are factors; differences are in milliseconds or bytes, and say so in the measure's name.
 */
export const toBmf = (verdict: VerdictDocument): string => {
  const benchmarks: Record<string, Record<string, BmfMetric>> = {};
  for (const one of selectMeasured(verdict)) {
    const name = oneLine(`${verdict.gate}/${one.function}/${one.isolation}`).slice(0, MAX_NAME);
    const unit = one.unit === 'x' ? '' : `-${one.unit}`;
    const measure = `${one.metric.replaceAll('_', '-')}-${KIND[one.kind]}${unit}`;
    const measures = Object.hasOwn(benchmarks, name) ? benchmarks[name] : {};
    Object.defineProperty(benchmarks, name, {
      value: {
        ...measures,
        [measure]: {
          value: one.estimate,
          ...(one.lower !== null && { lower_value: one.lower }),
          ...(one.upper !== null && { upper_value: one.upper }),
        },
      },
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return `${JSON.stringify(benchmarks, null, 2)}\n`;
};
