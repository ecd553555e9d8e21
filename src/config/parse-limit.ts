import { BadInputError } from '../model/errors.ts';
import type { Limit, Metric } from '../model/metrics.ts';
import { show } from './show.ts';

export type LimitKind = 'time' | 'bytes' | 'ratio';

/** Which units a metric's limit may have; `control` (growth of the control itself) and throughput are ratios only. */
export const LIMIT_KINDS = {
  cold_start: 'time',
  latency: 'time',
  latency_p95: 'time',
  latency_p99: 'time',
  throughput: 'ratio',
  memory: 'bytes',
  cpu: 'time',
  control: 'ratio',
} as const satisfies Record<Metric | 'control', LimitKind>;

const RATIO = String.raw`(?!0+(\.0+)?x)\d{1,9}(\.\d{1,9})?x|\+\d{1,9}(\.\d{1,9})?%`;

export const LIMIT_PATTERNS: Record<LimitKind, RegExp> = {
  ratio: new RegExp(`^(${RATIO})$`),
  time: new RegExp(String.raw`^(${RATIO}|\+\d{1,9}(\.\d{1,9})?(us|ms|s))$`),
  bytes: new RegExp(String.raw`^(${RATIO}|\+\d{1,9}(\.\d{1,9})?(KB|MB|GB|KiB|MiB|GiB))$`),
};

const FORMS: Record<LimitKind, string> = {
  ratio: '1.15x or +15%',
  time: '1.15x, +15%, +20us, +30ms or +2s',
  bytes: '1.15x, +15%, +40MB or +40MiB (also KB, GB, KiB, GiB)',
};

/** Units of amounts, to milliseconds and bytes. */
export const AMOUNTS: Record<string, { unit: 'ms' | 'bytes'; factor: number }> = {
  us: { unit: 'ms', factor: 1e-3 },
  ms: { unit: 'ms', factor: 1 },
  s: { unit: 'ms', factor: 1e3 },
  KB: { unit: 'bytes', factor: 1e3 },
  MB: { unit: 'bytes', factor: 1e6 },
  GB: { unit: 'bytes', factor: 1e9 },
  KiB: { unit: 'bytes', factor: 2 ** 10 },
  MiB: { unit: 'bytes', factor: 2 ** 20 },
  GiB: { unit: 'bytes', factor: 2 ** 30 },
};

const negativeReason = (number: string, unit: string): string => {
  const reason = 'a limit is the largest overhead allowed, so it is never negative';
  if (unit !== '%' || Number(number) >= 100) return reason;
  return `${reason} (to demand less than the control, write ${(100 - Number(number)) / 100}x)`;
};

/** The part of a number, a sign or a unit that does not fit. */
const whatIsWrong = (text: string, kind: LimitKind): string => {
  const match = /^([+-]?)(\d{1,9}(?:\.\d{1,9})?)(.*)$/.exec(text);
  if (!match) return 'not a limit';
  const [, sign = '', number = '', unit = ''] = match;
  if (sign === '-') return negativeReason(number, unit);
  if (unit === '') return 'the unit is missing';
  if (unit === 'x') return sign === '+' ? 'a factor (x) takes no sign' : 'a factor must be above 0';
  const known = unit === '%' || Object.hasOwn(AMOUNTS, unit);
  if (!known) return `unknown unit ${show(unit)}`;
  if (unit !== '%' && AMOUNTS[unit]?.unit !== (kind === 'time' ? 'ms' : 'bytes'))
    return `the unit ${unit} does not fit`;
  if (kind === 'ratio' && unit !== '%') return `the unit ${unit} does not fit`;
  return 'the sign is missing';
};

/** `"5%": the sign is missing; accepted: …`: what a person should read of a limit that does not match its pattern. */
export const explainLimit = (value: unknown, kind: LimitKind): string => {
  const wrong = whatIsWrong(typeof value === 'number' ? `+${value}` : String(value), kind);
  return `${show(value)}: ${wrong}; accepted: ${FORMS[kind]}`;
};

/** A limit as the user wrote it, for this metric. @throws BadInputError */
export const parseLimit = (text: string, metric: Metric | 'control'): Limit => {
  const kind = LIMIT_KINDS[metric];
  if (!LIMIT_PATTERNS[kind].test(text)) throw new BadInputError(explainLimit(text, kind));
  const number = Number.parseFloat(text);
  const unit = text.replace(/^[+\d.]+/, '');
  if (unit === 'x') return { scale: 'ratio', factor: number, text };
  // (100 + 15) / 100 is the double nearest to 1.15; 1 + 0.15 need not be for every percentage.
  if (unit === '%') return { scale: 'ratio', factor: (100 + number) / 100, text };
  const amount = AMOUNTS[unit];
  if (!amount) throw new BadInputError(explainLimit(text, kind));
  return { scale: 'difference', amount: number * amount.factor, unit: amount.unit, text };
};
