import * as v from 'valibot';
import { BadInputError } from '../model/errors.ts';
import { type Budgets, type Limit, METRICS, type Metric } from '../model/metrics.ts';
import { closed } from './leaf.ts';
import { BYTES_BY_UNIT, MS_BY_UNIT, NUMBER, readUnit, SIZE_UNITS } from './parse-quantity.ts';
import { show } from './problems.ts';

type LimitKind = 'time' | 'bytes' | 'ratio';

/** Which units a metric's limit may have; `control` (growth of the control itself) and throughput are ratios only. */
const LIMIT_KINDS: Record<Metric | 'control', LimitKind> = {
  cold_start: 'time',
  latency: 'time',
  latency_p95: 'time',
  latency_p99: 'time',
  throughput: 'ratio',
  memory: 'bytes',
  memory_peak: 'bytes',
  cpu: 'time',
  control: 'ratio',
};

const RATIO = String.raw`(?!0+(\.0+)?x)${NUMBER}x|\+${NUMBER}%`;

const LIMIT_PATTERNS: Record<LimitKind, RegExp> = {
  ratio: new RegExp(`^(${RATIO})$`),
  time: new RegExp(String.raw`^(${RATIO}|\+${NUMBER}(us|ms|s))$`),
  bytes: new RegExp(String.raw`^(${RATIO}|\+${NUMBER}(${SIZE_UNITS}))$`),
};

const FORMS: Record<LimitKind, string> = {
  ratio: '1.15x or +15%',
  time: '1.15x, +15%, +20us, +30ms or +2s',
  bytes: '1.15x, +15%, +40MB or +40MiB (also KB, GB, KiB, GiB)',
};

const DESCRIPTIONS: Record<LimitKind, string> = {
  ratio: 'A factor (1.15x) or a percentage (+15%).',
  time: 'A factor (1.15x), a percentage (+15%) or a time (+30ms, +20us, +2s).',
  bytes: 'A factor (1.15x), a percentage (+15%) or a size (+40MB, +40MiB).',
};

/** The kind of limit that has this unit; null where the unit is not known. */
const kindOfUnit = (unit: string): LimitKind | null => {
  if (unit === '%') return 'ratio';
  if (unit === 'us' || unit === 'ms' || unit === 's') return 'time';
  return Object.hasOwn(BYTES_BY_UNIT, unit) ? 'bytes' : null;
};

const explainNegative = (number: string, unit: string): string => {
  const reason = 'a limit is the largest overhead allowed, so it is never negative';
  if (unit !== '%' || Number(number) >= 100) return reason;
  return `${reason} (to demand less than the control, write ${(100 - Number(number)) / 100}x)`;
};

/** The part that is wrong: the number, its sign or its unit. */
const explainPart = (text: string, kind: LimitKind): string => {
  const match = /^([+-]?)(\d{1,9}(?:\.\d{1,9})?)(.*)$/.exec(text);
  if (!match) return 'not a limit';
  const [, sign = '', number = '', unit = ''] = match;
  if (sign === '-') return explainNegative(number, unit);
  if (unit === '') return 'the unit is missing';
  if (unit === 'x') return sign === '+' ? 'a factor (x) takes no sign' : 'a factor must be above 0';
  const found = kindOfUnit(unit);
  if (found === null) return `unknown unit ${show(unit)}`;
  return found === 'ratio' || found === kind ? 'the sign is missing' : `the unit ${unit} does not fit`;
};

/** `"5%": the sign is missing; accepted: …`, for a limit that does not match its pattern. */
const explainLimit = (value: unknown, kind: LimitKind): string => {
  const wrong = explainPart(typeof value === 'number' ? `+${value}` : String(value), kind);
  return `${show(value)}: ${wrong}; accepted: ${FORMS[kind]}`;
};

/** A limit as the user wrote it, for this metric. @throws BadInputError */
export const parseLimit = (text: string, metric: Metric | 'control'): Limit => {
  const kind = LIMIT_KINDS[metric];
  if (!LIMIT_PATTERNS[kind].test(text)) throw new BadInputError(explainLimit(text, kind));
  const number = Number.parseFloat(text);
  const unit = readUnit(text);
  if (unit === 'x') return { scale: 'ratio', factor: number, text };
  // (100 + 15) / 100 is the double nearest to 1.15; 1 + 0.15 is not the nearest for every percentage.
  if (unit === '%') return { scale: 'ratio', factor: (100 + number) / 100, text };
  const [factor, inUnit] =
    kind === 'time' ? [MS_BY_UNIT[unit], 'ms' as const] : [BYTES_BY_UNIT[unit], 'bytes' as const];
  return { scale: 'difference', amount: number * (factor as number), unit: inUnit, text };
};

/** Limits that the schema has accepted, by metric. */
export const parseLimits = <M extends Metric | 'control'>(
  document: { [K in M]?: string | undefined },
): Partial<Record<M, Limit>> => {
  const limits: Partial<Record<M, Limit>> = {};
  for (const [metric, text] of Object.entries(document) as [M, string | undefined][]) {
    if (text !== undefined) limits[metric] = parseLimit(text, metric);
  }
  return limits;
};

/** Budgets by isolation name. */
export const parseBudgets = (
  document: Record<string, { [K in Metric]?: string | undefined }>,
): Record<string, Budgets> =>
  Object.fromEntries(Object.entries(document).map(([name, limits]) => [name, parseLimits<Metric>(limits)]));

/** A limit stays text in the document, as the user wrote it; `parseLimit` gives its meaning. */
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
