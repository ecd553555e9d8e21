import * as v from 'valibot';
import { METRICS, type Metric } from '../model/metrics.ts';
import { closed } from './leaf.ts';
import { explainLimit, LIMIT_KINDS, LIMIT_PATTERNS } from './parse-limit.ts';

const DESCRIPTIONS = {
  ratio: 'A factor (1.15x) or a percentage (+15%).',
  time: 'A factor (1.15x), a percentage (+15%) or a time (+30ms, +20us, +2s).',
  bytes: 'A factor (1.15x), a percentage (+15%) or a size (+40MB, +40MiB).',
};

/** A limit stays text here: the document keeps what the user wrote; `parseLimit` gives its meaning. */
export const limitSchema = (metric: Metric | 'control') => {
  const kind = LIMIT_KINDS[metric];
  const message = (issue: { input: unknown }) => explainLimit(issue.input, kind);
  return v.pipe(v.string(message), v.regex(LIMIT_PATTERNS[kind], message), v.description(DESCRIPTIONS[kind]));
};

export const metricEntries = Object.fromEntries(
  METRICS.map((metric) => [metric, v.optional(limitSchema(metric))]),
) as Record<Metric, v.OptionalSchema<ReturnType<typeof limitSchema>, undefined>>;

/** Limits of one isolation by metric. */
export const budgetsSchema = closed(metricEntries);
