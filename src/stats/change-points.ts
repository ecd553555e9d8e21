import { median } from 'simple-statistics';

/** Fewer values on either side show no step. */
const LEAST_SIDE = 3;
/** Of one history; each split halves it. */
const ALPHA = 0.01;

export interface ChangePoint {
  /** Of the first value after the step. */
  index: number;
  /** Median after less median before, up to the next steps; in the values' own unit. */
  shift: number;
  p: number;
}

/** Pettitt's statistic: the split at which the most values of one side are above those of the other. */
const pettitt = (values: number[]): { at: number; p: number } => {
  const n = values.length;
  let u = 0;
  let best = { at: 0, k: 0 };
  for (let t = 0; t < n - 1; t += 1) {
    for (let j = 0; j < n; j += 1) u += Math.sign((values[t] ?? 0) - (values[j] ?? 0));
    const isInside = t + 1 >= LEAST_SIDE && n - t - 1 >= LEAST_SIDE;
    if (isInside && Math.abs(u) > best.k) best = { at: t + 1, k: Math.abs(u) };
  }
  return { at: best.at, p: Math.min(1, 2 * Math.exp((-6 * best.k ** 2) / (n ** 3 + n ** 2))) };
};

const split = (values: number[], from: number, alpha: number): { index: number; p: number }[] => {
  if (values.length < 2 * LEAST_SIDE) return [];
  const { at, p } = pettitt(values);
  if (at === 0 || p > alpha) return [];
  return [
    ...split(values.slice(0, at), from, alpha / 2),
    { index: from + at, p },
    ...split(values.slice(at), from + at, alpha / 2),
  ];
};

/**
 * Steps in a series, by Pettitt's rank test (1979: "A non-parametric approach to the change-point problem", Applied Statistics
 * 28) with its approximate p-value, and binary segmentation. It asks for no distribution, and one wild run makes no step. In
 * simulations of 20, 40 and 60 values without a step 0.3 to 0.7 % of series had one (test/stats/change-points.test.ts).
 */
export const changePoints = (values: number[]): ChangePoint[] => {
  const found = split(values, 0, ALPHA);
  return found.map(({ index, p }, position) => {
    const before = values.slice(found[position - 1]?.index ?? 0, index);
    const after = values.slice(index, found[position + 1]?.index ?? values.length);
    return { index, p, shift: median(after) - median(before) };
  });
};
