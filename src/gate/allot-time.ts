/** Shares the time that a run has left out among its functions, by what is undecided in each. */

import { sum } from 'simple-statistics';

/** A function whose pilot has run. */
export interface OpenFunction {
  name: string;
  /** What the blocks of a decision take at the least. */
  leastMs: number;
  /** How many comparisons are undecided. */
  undecided: number;
  /** Costs are so far from their limits that early looks are likely to decide. */
  isPlain: boolean;
}

export interface Allotment {
  /** Its turn is next. */
  name: string;
  timeMs: number;
  maxTimeMs: number;
}

/**
 * Whose turn is next, with the time that it may take. Those that are decided soonest are taken, so that as many as possible
 * are decided. What is plain comes first, because it leaves most of its time to the others. Each has what it needs at the
 * least; what is left over is shared by the number of undecided comparisons. Functions on which nothing is decided wait until
 * all others are done.
 * @returns null where not even the soonest fits into the time that is left
 */
export function allotTime(open: OpenFunction[], leftMs: number): Allotment | null {
  const deciding = listFitting(
    open.filter(({ undecided }) => undecided > 0),
    leftMs,
  );
  const fitting = deciding.length > 0 ? deciding : listFitting(open, leftMs);
  const [next, ...others] = [...fitting.filter((one) => one.isPlain), ...fitting.filter((one) => !one.isPlain)];
  if (next === undefined) return null;
  const all = sum(fitting.map(({ undecided }) => undecided));
  const share = all === 0 ? 1 / fitting.length : next.undecided / all;
  const maxTimeMs = leftMs - sum(others.map(({ leastMs }) => leastMs));
  return { name: next.name, timeMs: next.leastMs + share * (maxTimeMs - next.leastMs), maxTimeMs };
}

/** As many as fit together, the soonest first. */
function listFitting(open: OpenFunction[], leftMs: number): OpenFunction[] {
  const fitting: OpenFunction[] = [];
  let neededMs = 0;
  for (const one of open.toSorted((a, b) => a.leastMs - b.leastMs)) {
    neededMs += one.leastMs;
    if (neededMs > leftMs) break;
    fitting.push(one);
  }
  return fitting;
}
