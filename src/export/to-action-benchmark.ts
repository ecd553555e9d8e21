import { oneLine } from '../lib/text.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import { KIND, selectMeasured } from './exported.ts';

/**
 * Custom JSON of github-action-benchmark, for `tool: customSmallerIsBetter`: every cost is the better the smaller.
 * https://github.com/benchmark-action/github-action-benchmark#a-custom-benchmark
 */
export const toActionBenchmark = (verdict: VerdictDocument): string =>
  `${JSON.stringify(
    selectMeasured(verdict).map((one) => ({
      name: oneLine(`${one.function}/${one.isolation} ${one.metric.replaceAll('_', ' ')} ${KIND[one.kind]}`),
      unit: one.unit,
      value: one.estimate,
      ...(one.lower !== null && one.upper !== null && { range: `${one.lower} to ${one.upper}` }),
      extra: oneLine(
        `${one.verdict}${one.gated ? '' : ', not gated'}; limit ${one.limit} ${one.unit}; ${one.blocks} blocks`,
      ),
    })),
    null,
    2,
  )}\n`;
