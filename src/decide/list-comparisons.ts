import type { Config, FunctionConfig } from '../model/config.ts';
import type { Limit, Metric } from '../model/metrics.ts';
import type { ComparisonKind, DeclaredComparison } from '../model/samples.ts';

/** Limits of one function's isolation: its own over the common ones, metric by metric. */
const mergeBudgets = (config: Config, fn: FunctionConfig, isolation: string): [Metric, Limit][] =>
  Object.entries({ ...config.budgets[isolation], ...fn.budgets[isolation] }) as [Metric, Limit][];

/**
 * Everything that the configuration asks to be decided, gated or not, in the order of the configuration: budgets
 * first, then regressions of each overhead, then the control's own growth; where a reference is pinned, the same limits over it.
 */
export const listComparisons = (config: Config, isPinned = false): DeclaredComparison[] => {
  const treatments = config.isolations.map(({ name }) => name).filter((name) => name !== config.control);
  const { control, ...regression } = config.compare === 'none' ? {} : config.regression;
  const limits = Object.entries(regression) as [Metric, Limit][];
  const kinds: ComparisonKind[] = isPinned ? ['regression', 'drift'] : ['regression'];
  return config.functions.flatMap((fn) => [
    ...treatments.flatMap((isolation) =>
      mergeBudgets(config, fn, isolation).map(
        ([metric, limit]): DeclaredComparison => ({ function: fn.name, isolation, metric, kind: 'budget', limit }),
      ),
    ),
    ...kinds.flatMap((kind): DeclaredComparison[] => [
      ...treatments.flatMap((isolation) =>
        limits.map(([metric, limit]): DeclaredComparison => ({ function: fn.name, isolation, metric, kind, limit })),
      ),
      ...(control === undefined
        ? []
        : [{ function: fn.name, isolation: config.control, metric: 'control' as const, kind, limit: control }]),
    ]),
  ]);
};
