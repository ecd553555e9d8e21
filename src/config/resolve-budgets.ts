import type { Budgets, Limit, Metric } from '../model/metrics.ts';
import { parseLimit } from './parse-limit.ts';

/** Limits that the schema has already accepted, by metric. */
export const resolveLimits = <M extends Metric | 'control'>(
  document: { [K in M]?: string | undefined },
): Partial<Record<M, Limit>> => {
  const limits: Partial<Record<M, Limit>> = {};
  for (const [metric, text] of Object.entries(document) as [M, string | undefined][]) {
    if (text !== undefined) limits[metric] = parseLimit(text, metric);
  }
  return limits;
};

/** Budgets by isolation name. */
export const resolveBudgets = (
  document: Record<string, { [K in Metric]?: string | undefined }>,
): Record<string, Budgets> =>
  Object.fromEntries(Object.entries(document).map(([name, limits]) => [name, resolveLimits<Metric>(limits)]));
