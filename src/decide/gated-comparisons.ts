import { groupBy } from '../lib/group-by.ts';
import type { DeclaredComparison } from '../model/samples.ts';

/** How many comparisons are decided, and how many A/A controls need an interval for them: one for each function and metric. */
export interface GatedCounts {
  comparisons: number;
  intervals: number;
}

/** All comparisons of a run that are decided, counted and grouped once, because a run may have thousands of them. */
export interface GatedComparisons {
  count: number;
  ofFunction(name: string): DeclaredComparison[];
  /** How many intervals of A/A controls they need, at least one. */
  controlIntervals: number;
}

export const countGated = (ofFunction: DeclaredComparison[]): GatedCounts => ({
  comparisons: ofFunction.length,
  intervals: new Set(ofFunction.map(({ metric }) => metric).filter((metric) => metric !== 'control')).size,
});

/** @param elsewhere those of functions of which no comparison is given */
export const indexGated = (
  all: DeclaredComparison[],
  elsewhere: GatedCounts = { comparisons: 0, intervals: 0 },
): GatedComparisons => {
  const groups = groupBy(all, (one) => one.function);
  const intervals = [...groups.values()].reduce((sum, own) => sum + countGated(own).intervals, elsewhere.intervals);
  return {
    count: all.length + elsewhere.comparisons,
    ofFunction: (name) => groups.get(name) ?? [],
    controlIntervals: Math.max(1, intervals),
  };
};
