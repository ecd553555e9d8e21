/** Values that differ by less than this share are one value that was rounded differently. */
const SAME = 1e-9;

/** The values sorted. Values that differ only by rounding count once. */
export const distinctValues = (values: number[]): number[] => {
  const sorted = [...values].sort((a, b) => a - b);
  const tolerance = SAME * Math.max(Math.abs(sorted.at(0) ?? 0), Math.abs(sorted.at(-1) ?? 0));
  return sorted.filter((value, i) => i === 0 || value - (sorted[i - 1] ?? 0) > tolerance);
};

/**
 * The step between values that come in steps (clock ticks, pages, rounded digits), in their own unit: the smallest gap
 * between values of which at least half are repetitions. Null for continuous values, which hardly ever repeat; for values
 * with so much noise that the step does no harm; and for a single value, which says nothing of steps.
 */
export const resolutionOf = (values: number[]): number | null => {
  const distinct = distinctValues(values);
  if (distinct.length < 2 || distinct.length > values.length / 2) return null;
  return Math.min(...distinct.slice(1).map((value, i) => value - (distinct[i] ?? 0)));
};
