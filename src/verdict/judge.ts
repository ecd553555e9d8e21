/** On the scale on which is decided: ln for ratios, native units for differences. */
interface Interval {
  lower: number | null;
  upper: number | null;
}

/** Bounds and limits that differ by less than rounding are the same number. */
const clearlyAbove = (a: number, b: number): boolean => a - b > 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1e-3);

/**
 * `fail` where even the lower bound is above the limit, `pass` where even the upper bound is below it, else `open`.
 * A limit that the twin widened must be exceeded, or kept, by that much more.
 */
export const judge = (interval: Interval, limit: number, widening: number): 'fail' | 'pass' | 'open' => {
  if (interval.lower !== null && clearlyAbove(interval.lower, limit + widening)) return 'fail';
  if (interval.upper !== null && clearlyAbove(limit - widening, interval.upper)) return 'pass';
  return 'open';
};
