/** Turns a log of pairs into a samples file (docs/reference/samples.md) that `isogate replay` decides on. */

import type { PairedLog } from './accuracy/tuning-set.ts';

const FUNCTION = 'pairs';
const CONTROL = 'native';
/** Any other type that isogate.yml knows: the logs are of functions without isolation. */
const TREATMENT = 'runc';

interface ConvertOptions {
  /** As in isogate.yml: `+2.5%`. */
  budget: string;
  /** `max_blocks`; null for as many as the log has pairs. */
  maxBlocks: number | null;
}

/** One JSON object a line. Blocks are the pairs, in their order; inside a block the values are the warm latencies. */
export const pairsToSamples = ({ name, pairs }: PairedLog, { budget, maxBlocks }: ConvertOptions): string => {
  const config = {
    functions: { [FUNCTION]: {} },
    isolations: { [CONTROL]: {}, [TREATMENT]: {} },
    budgets: { [TREATMENT]: { latency: budget } },
    measure: { max_blocks: maxBlocks ?? pairs.length },
  };
  const header = { type: 'header', schema: 'isogate.samples/1', gate: name, config };
  const instance = (block: number, arm: 'control' | 'treatment', latency_ms: number[]) => ({
    ...{ type: 'instance', block, function: FUNCTION, isolation: arm === 'control' ? CONTROL : TREATMENT, arm },
    ...{ status: 'ok', latency_ms },
  });
  const lines = pairs.flatMap(({ control, treatment }, block) => [
    instance(block, 'control', control),
    instance(block, 'treatment', treatment),
  ]);
  return [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
};
