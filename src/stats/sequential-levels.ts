import { normalUpperQuantile, normalUpperTail } from './distributions.ts';

/** One look: how many blocks it sees, and the alpha that it and all looks before it may spend together. */
export interface Look {
  n: number;
  spent: number;
}

/** Odd, for Simpson's rule. Halving it moves no level by more than a thousandth of itself. */
const GRID_POINTS = 161;
/** A path below this many standard deviations never comes back to a boundary. */
const LOWEST = -5;
const SQRT_TWO_PI = Math.sqrt(2 * Math.PI);

/** Density of the paths that have crossed no boundary yet, times the weights of Simpson's rule. */
interface Paths {
  at: Float64Array;
  weight: Float64Array;
}

const simpsonWeight = (index: number, step: number): number => {
  if (index === 0 || index === GRID_POINTS - 1) return step / 3;
  return ((index % 2 === 1 ? 4 : 2) * step) / 3;
};

/** Chance that a path crosses z at this look, having crossed nothing before. */
const crossing = (paths: Paths | null, z: number, n: number, step: number): number => {
  if (paths === null) return normalUpperTail(z);
  const boundary = z * Math.sqrt(n);
  const deviation = Math.sqrt(step);
  let sum = 0;
  for (let i = 0; i < GRID_POINTS; i += 1)
    sum += (paths.weight[i] as number) * normalUpperTail((boundary - (paths.at[i] as number)) / deviation);
  return sum;
};

const HIGHEST_Z = 10;

const solve = (paths: Paths | null, increment: number, n: number, step: number): number => {
  if (paths === null) return normalUpperQuantile(increment);
  let low = 0;
  let high = HIGHEST_Z;
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (crossing(paths, middle, n, step) > increment) low = middle;
    else high = middle;
  }
  return high;
};

/** The paths at this look that stay below `z`: the old ones, each spread by the normal density of the new blocks. */
const advance = (paths: Paths | null, z: number, n: number, step: number): Paths => {
  const top = Math.min(z, -LOWEST) * Math.sqrt(n);
  const bottom = LOWEST * Math.sqrt(n);
  const width = (top - bottom) / (GRID_POINTS - 1);
  const at = Float64Array.from({ length: GRID_POINTS }, (_, i) => bottom + i * width);
  const deviation = Math.sqrt(paths === null ? n : step);
  const density = (x: number): number => Math.exp(-0.5 * (x / deviation) ** 2) / deviation / SQRT_TWO_PI;
  const weight = at.map((x, i) => {
    let sum = paths === null ? density(x) : 0;
    if (paths !== null)
      for (let j = 0; j < GRID_POINTS; j += 1)
        sum += (paths.weight[j] as number) * density(x - (paths.at[j] as number));
    return sum * simpsonWeight(i, width);
  });
  return { at, weight };
};

/** The library's normal distribution cannot tell smaller levels from 0, and no look has a use for them. */
const SMALLEST_LEVEL = 1e-12;

/** All that later looks need to know of the looks up to here. */
interface State {
  paths: Paths | null;
  /** The alpha that was really used, and the blocks seen, up to the last look that could decide. */
  used: number;
  seen: number;
  level: number;
}

const START: State = { paths: null, used: 0, seen: 0, level: 0 };

const next = (before: State, { n, spent }: Look, attainable: (n: number, level: number) => number): State => {
  const step = n - before.seen;
  const increment = spent - before.used;
  const nominal = increment > 0 && step > 0 ? normalUpperTail(solve(before.paths, increment, n, step)) : 0;
  const level = nominal > SMALLEST_LEVEL ? attainable(n, nominal) : 0;
  // A look that cannot cross the boundary spends nothing and changes no path.
  if (level < SMALLEST_LEVEL) return { ...before, level: 0 };
  const z = normalUpperQuantile(level);
  const used = before.used + crossing(before.paths, z, n, step);
  return { paths: advance(before.paths, z, n, step), used, seen: n, level };
};

/** By the looks up to it, because a run that goes on asks for the same first looks after every block. */
const known = new Map<string, State>();
const MOST_KNOWN = 10_000;

const remember = (key: string, compute: () => State): State => {
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const state = compute();
  known.set(key, state);
  return state;
};

/**
 * One-sided level at which each look may decide so that all together decide wrongly with a chance of at most the alpha
 * spent by then: recursive integration over the looks (Armitage, McPherson, Rowe 1969; Lan and DeMets 1983) for statistics
 * that behave as a Brownian motion in the number of blocks, as sums of signed ranks do. What a look does not use, because
 * its test has only discrete levels, is left to those after it. 0 where a look can decide nothing.
 * @param attainable the largest level of the test of n blocks that is at most `level`; 0 where there is none
 * @param kind names `attainable`: levels are remembered by it
 */
export const sequentialLevels = (
  looks: Look[],
  attainable: (n: number, level: number) => number,
  kind: string,
): number[] => {
  let state = START;
  let key = kind;
  return looks.map((look) => {
    const before = state;
    key += ` ${look.n}:${look.spent}`;
    state = remember(key, () => next(before, look, attainable));
    return state.level;
  });
};
