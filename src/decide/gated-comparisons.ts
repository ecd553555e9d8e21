import { groupBy } from '../lib/group-by.ts';
import type { DeclaredComparison } from '../model/samples.ts';

/** All comparisons of a run that are decided, counted and grouped once, because a run may have thousands of them. */
export interface GatedComparisons {
  all: DeclaredComparison[];
  ofFunction(name: string): DeclaredComparison[];
  /** How many intervals of A/A controls they need: one for each function and metric, at least one. */
  controlIntervals: number;
}

export const indexGated = (all: DeclaredComparison[]): GatedComparisons => {
  const groups = groupBy(all, (one) => one.function);
  const intervals = new Set(
    all.filter(({ metric }) => metric !== 'control').map((one) => JSON.stringify([one.function, one.metric])),
  );
  return { all, ofFunction: (name) => groups.get(name) ?? [], controlIntervals: Math.max(1, intervals.size) };
};
