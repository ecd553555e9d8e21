import type { MeasureConfig, Resources } from '../model/config.ts';
import type { Warning } from '../model/warnings.ts';
import { parseDuration, parseSize } from './parse-quantity.ts';
import type { Report } from './problems.ts';
import type { ConfigDocument } from './schema.ts';

const DEFAULT_INVOCATIONS = 30;
const HOUR_MS = 3600e3;
/** Without `max_time`: this many times `time`. */
export const MAX_TIME_FACTOR = 5;

/**
 * Fewest values for which an upper 95 % bound of a quantile exists: the smallest n with p^n at most 0.05, that is
 * ceil(ln 0.05 / ln p); 59 for p = 0.95 and 299 for p = 0.99 (order-statistic interval, docs/reference/metrics.md).
 */
const NEEDED = { latency_p95: 59, latency_p99: 299 } as const;

const limitedMetrics = (document: ConfigDocument): Set<string> => {
  const limits: object[] = [document.regression, ...Object.values(document.budgets)];
  for (const settings of Object.values(document.functions)) limits.push(...Object.values(settings.budgets));
  return new Set(
    limits.flatMap((budgets) => Object.entries(budgets).flatMap(([key, limit]) => (limit === undefined ? [] : key))),
  );
};

/**
 * The numbers of `measure`. `invocations` is raised where tail metrics need more; fewer that the user asks for are
 * refused.
 */
export const resolveMeasure = (document: ConfigDocument, warnings: Warning[], report: Report): MeasureConfig => {
  const { measure } = document;
  const limited = limitedMetrics(document);
  const tail = (['latency_p99', 'latency_p95'] as const).find((metric) => limited.has(metric));
  const needed = tail ? NEEDED[tail] : 0;
  if (measure.invocations !== undefined && measure.invocations < needed) {
    report(['measure', 'invocations'], `${measure.invocations}: too few for ${tail}; accepted: at least ${needed}`);
  } else if (measure.invocations === undefined && tail && needed > DEFAULT_INVOCATIONS) {
    const message = `measure.invocations raised from ${DEFAULT_INVOCATIONS} to ${needed}: ${tail} is limited and needs as many`;
    warnings.push({ code: 'invocations-raised', message });
  }
  const readDuration = (key: 'time' | 'timeout' | 'max_time', text: string, mostHours: number): number => {
    const ms = parseDuration(text);
    const isFit = ms > 0 && ms <= mostHours * HOUR_MS;
    if (!isFit) report(['measure', key], `${text}: not accepted; accepted: above 0s and at most ${mostHours}h`);
    return ms;
  };
  if (measure.max_blocks < measure.min_blocks) {
    report(
      ['measure', 'max_blocks'],
      `${measure.max_blocks}: not accepted; accepted: at least min_blocks, ${measure.min_blocks}`,
    );
  }
  const timeMs = readDuration('time', measure.time, 24);
  const maxTimeMs =
    measure.max_time === undefined ? MAX_TIME_FACTOR * timeMs : readDuration('max_time', measure.max_time, 5 * 24);
  if (maxTimeMs < timeMs)
    report(['measure', 'max_time'], `${measure.max_time}: not accepted; accepted: at least time, ${measure.time}`);
  return {
    timeMs,
    maxTimeMs,
    minBlocks: measure.min_blocks,
    maxBlocks: measure.max_blocks,
    invocations: measure.invocations ?? Math.max(DEFAULT_INVOCATIONS, needed),
    warmup: measure.warmup,
    cache: measure.cache,
    timeoutMs: readDuration('timeout', measure.timeout, 1),
  };
};

const BOUNDS = { memory: ['16MiB', '1024GiB'], guest_overhead: ['0MiB', '64GiB'], tmp: ['1MiB', '1024GiB'] } as const;

/** CPUs and memory, within bounds in which a language runtime can start. */
export const resolveResources = (document: ConfigDocument['resources'], report: Report): Resources => {
  const readSize = (key: keyof typeof BOUNDS): number => {
    const bytes = parseSize(document[key]);
    const [least, most] = BOUNDS[key];
    if (bytes < parseSize(least) || bytes > parseSize(most)) {
      report([key], `${document[key]}: not accepted; accepted: from ${least} to ${most}`);
    }
    return bytes;
  };
  return {
    cpus: document.cpus,
    memoryBytes: readSize('memory'),
    guestOverheadBytes: readSize('guest_overhead'),
    tmpBytes: readSize('tmp'),
  };
};
