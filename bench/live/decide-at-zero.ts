import { decide } from '../../src/decide/decide.ts';
import type { Config } from '../../src/model/config.ts';
import type { Budgets, Limit, Metric, RunVerdict } from '../../src/model/metrics.ts';
import type { Samples } from '../../src/model/samples.ts';

const NO_OVERHEAD: Limit = { scale: 'ratio', factor: 1, text: '+0%' };

const atZero = (budgets: Budgets): Budgets =>
  Object.fromEntries((Object.keys(budgets) as Metric[]).map((metric) => [metric, NO_OVERHEAD]));

/**
 * The same samples against a limit of +0 %, one verdict a comparison, as `replay --config` would decide them. For
 * orientation: how many blocks there are was decided by the limit that the run had.
 */
export const decideAtZero = (samples: Samples, config: Config): RunVerdict[] => {
  const budgets = Object.fromEntries(Object.entries(config.budgets).map(([name, one]) => [name, atZero(one)]));
  return decide(samples, { ...config, budgets }, { replan: true }).comparisons.map(({ verdict }) => verdict);
};
