import { normalUpperTail } from '../../src/stats/distributions.ts';

/** As asv: exact up to this many values a side, the normal approximation above. */
const MAX_EXACT = 20;

const distributions = new Map<string, Float64Array>();

/** P(U ≤ u) for u = 0, 1, … of samples of `n` and `m` without ties: counts of ways, size by size. */
const exactCdf = (n: number, m: number): Float64Array => {
  const key = `${n} ${m}`;
  const known = distributions.get(key);
  if (known !== undefined) return known;
  // ways[k][u]: choose k of the values seen so far, whose ranks exceed the smallest possible sum by u.
  const ways = Array.from({ length: n + 1 }, () => new Float64Array(n * m + 1));
  (ways[0] as Float64Array)[0] = 1;
  for (let value = 1; value <= n + m; value += 1)
    for (let k = Math.min(value, n); k >= 1; k -= 1) {
      const to = ways[k] as Float64Array;
      const from = ways[k - 1] as Float64Array;
      const step = value - k;
      if (step > m) continue;
      for (let u = step; u <= n * m; u += 1) to[u] = (to[u] as number) + (from[u - step] as number);
    }
  const counts = ways[n] as Float64Array;
  const total = counts.reduce((a, b) => a + b, 0);
  let sum = 0;
  const cdf = counts.map((count) => {
    sum += count;
    return sum / total;
  });
  distributions.set(key, cdf);
  return cdf;
};

/** Pairs in which x is greater, and pairs that tie. */
const countPairs = (xs: number[], ys: number[]): { greater: number; ties: number } => {
  let greater = 0;
  let ties = 0;
  for (const x of xs)
    for (const y of ys) {
      if (x > y) greater += 1;
      else if (x === y) ties += 1;
    }
  return { greater, ties };
};

/** Two-sided p-value of the Mann–Whitney test as asv takes it: ties are broken so that they speak least against chance. */
export const mannWhitneyP = (xs: number[], ys: number[]): number => {
  const pairs = xs.length * ys.length;
  const { greater, ties } = countPairs(xs, ys);
  // Anything from `greater` to `greater + ties` is possible: the one nearest to the middle.
  const u = Math.min(Math.max(pairs / 2, greater), greater + ties);
  const smaller = Math.floor(Math.min(u, pairs - u));
  if (Math.max(xs.length, ys.length) > MAX_EXACT) {
    const deviation = Math.sqrt((pairs * (xs.length + ys.length + 1)) / 12);
    return Math.min(1, 2 * normalUpperTail((pairs / 2 - smaller) / deviation));
  }
  return Math.min(1, 2 * (exactCdf(xs.length, ys.length)[smaller] ?? 1));
};
