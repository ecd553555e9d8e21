/** What decisions after few blocks rest on, in one sentence for each test that made some. */

import type { ComparisonVerdict } from '../model/verdict.ts';

type Early = NonNullable<ComparisonVerdict['early']>;

const COUNTED: Record<Early, [string, string]> = {
  unimodal: [
    'One comparison was decided early, because it lies far from its limit',
    'comparisons were decided early, because they lie far from their limits',
  ],
  each: [
    'One comparison failed after three or four blocks, because each of them is at least three times the limit',
    'comparisons failed after three or four blocks, because each of them is at least three times the limit',
  ],
  ratio: [
    'One comparison failed early by the mean of its ratios, because its cost is many times the limit',
    'comparisons failed early by the mean of their ratios, because their costs are many times the limit',
  ],
};

const ASSUMED: Record<Early, string> = {
  unimodal:
    'this takes the noise of blocks to be symmetric with one peak, and no smaller than that of the A/A control and of the same isolation elsewhere',
  each: 'this takes the noise of blocks to be symmetric with one peak, and at most twice that of the A/A control and of the same isolation elsewhere',
  ratio: 'this holds whatever the noise of blocks is, and is about the mean ratio, not the typical one',
};

/** Words for the number of blocks in the list of all comparisons. */
export const EARLY_WORDS: Record<Early, string> = { unimodal: ', early', each: ', each', ratio: ', by its mean' };

export const tellEarly = (comparisons: ComparisonVerdict[]): string[] =>
  (['unimodal', 'each', 'ratio'] as const).flatMap((test) => {
    const count = comparisons.filter(({ early }) => early === test).length;
    if (count === 0) return [];
    const [one, many] = COUNTED[test];
    return [`${count === 1 ? one : `${count} ${many}`}; ${ASSUMED[test]}.`];
  });
