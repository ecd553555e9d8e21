import { kendallTrend } from './kendall-trend.ts';
import { theilSenSlope } from './theil-sen.ts';

/** Newest so many values; a drift that began lately would be lost in a long history. */
const WINDOWS = [8, 16, 32, 64];
/** Below it no number of commits in a row shows a drift. */
const FEWEST = 7;
/** Over all windows of one look at one history. */
const ALPHA = 0.002;

export interface SlowDrift {
  /** How many of the newest values it covers. */
  length: number;
  /** Growth over them by the Theil–Sen slope, in the values' own unit. */
  total: number;
  p: number;
}

/**
 * A steady rise at the end of a series, none step of which need be visible by itself: Mann–Kendall over windows that end at the
 * newest value, Bonferroni over the windows. The one with the largest total. Falls are no cost, and are not looked for.
 */
export const slowDrift = (values: number[]): SlowDrift | null => {
  const lengths = [...new Set([...WINDOWS, values.length].map((one) => Math.min(one, values.length, 64)))].filter(
    (length) => length >= FEWEST,
  );
  const found = lengths.flatMap((length) => {
    const window = values.slice(-length);
    const { s, p } = kendallTrend(window);
    if (s <= 0 || p > ALPHA / lengths.length) return [];
    const slope = theilSenSlope(window.map((y, x) => ({ x, y }))) ?? 0;
    return [{ length, total: slope * (length - 1), p }];
  });
  const [largest] = found.sort((a, b) => b.total - a.total);
  return largest ?? null;
};
