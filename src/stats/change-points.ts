import { median, sumNthPowerDeviations } from 'simple-statistics';

/** Fewer values on either side never show a step. */
const LEAST_SIDE = 3;
/** For each look. */
const ALPHA = 0.002;
/** A step is looked for among at most so many values. */
const WINDOW = 60;

export interface ChangePoint {
  /** Of the first value after the step. */
  index: number;
  /** The median after the step less the median before it, each up to the next step; in the values' own unit. */
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

const scatter = (values: number[]): number => sumNthPowerDeviations(values, 2);

/** The ranks may miss the place by a run or two. The place is where both sides scatter least. */
const NEIGHBOURS = 3;
const refinePlace = (values: number[], near: number): number => {
  const first = Math.max(LEAST_SIDE, near - NEIGHBOURS);
  const last = Math.min(values.length - LEAST_SIDE, near + NEIGHBOURS);
  const places = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const scatters = places.map((at) => scatter(values.slice(0, at)) + scatter(values.slice(at)));
  return places[scatters.indexOf(Math.min(...scatters))] ?? near;
};

/** Steps in the order in which they could be seen, from the oldest value on: in the whole series a step and its revert would hide each other. */
const scan = (values: number[]): { index: number; p: number }[] => {
  const found: { index: number; p: number }[] = [];
  let start = 0;
  for (let end = start + 2 * LEAST_SIDE; end <= values.length; end += 1) {
    const from = Math.max(start, end - WINDOW);
    const { at, p } = pettitt(values.slice(from, end));
    if (at === 0 || p > ALPHA) continue;
    start = from + refinePlace(values.slice(from, end), at);
    found.push({ index: start, p });
    end = Math.max(end, start + 2 * LEAST_SIDE - 1);
  }
  return found;
};

/**
 * Steps in a series, by Pettitt's rank test (1979: "A non-parametric approach to the change-point problem", Applied Statistics
 * 28) with its approximate p-value, at every value anew since the step before. It asks for no distribution, and one wild run makes
 * no step. In simulations of 20, 40 and 60 values without a step 0.0, 0.2 and 0.5 % of series had one, and nine runs behind a clear step show it (test/stats/change-points.test.ts).
 */
export const changePoints = (values: number[]): ChangePoint[] => {
  const found = scan(values);
  return found.map(({ index, p }, position) => {
    const before = values.slice(found[position - 1]?.index ?? 0, index);
    const after = values.slice(index, found[position + 1]?.index ?? values.length);
    return { index, p, shift: median(after) - median(before) };
  });
};
