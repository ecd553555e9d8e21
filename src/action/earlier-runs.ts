/** Other workflow runs that came to a verdict on the same commit by the same rules, as the commit's checks tell. */

import type { ActionJob } from './job.ts';
import { listDecided } from './standing.ts';

/**
 * The numbers of those runs since the last that passed, the one that decided last at the end; none where checks cannot be
 * read. A run after a pass is no further chance to pass.
 */
export async function listEarlierRuns({ check }: Pick<ActionJob, 'check'>): Promise<number[]> {
  const identity = check.identity();
  if (identity === null) return [];
  const decided = listDecided(identity, (await check.others().catch(() => null)) ?? []);
  const since = decided.slice(decided.findLastIndex(({ own }) => own.verdict === 'pass') + 1);
  const runs = since.flatMap(({ run }) => (run === identity.run ? [] : (run ?? [])));
  return [...new Set(runs.reverse())].reverse();
}
