/** Flow part: what the store holds of this gate, and which commits' records count. */

import { readBaseline } from './baseline/read-baseline.ts';
import { messageOf } from './errors.ts';
import type { GateOptions } from './gate.ts';
import type { BaselineRecord, Config, Warning } from './types.ts';

export interface Stored {
  records: BaselineRecord[];
  /** Nearest first; null where nothing is known of the commits. */
  ancestors: readonly string[] | null;
  warnings: Warning[];
}

/** Nothing is read where nothing is compared with it. @throws BadInputError */
export async function readStored(
  { baselineDir, revisions }: Pick<GateOptions, 'baselineDir' | 'revisions'>,
  { name, compare }: Pick<Config, 'name' | 'compare'>,
): Promise<Stored> {
  if (compare === 'none') return { records: [], ancestors: null, warnings: [] };
  const { records, warnings } = await readBaseline(baselineDir, name);
  if (records.length === 0 || !revisions?.head) return { records, ancestors: null, warnings };
  try {
    const ancestors = await revisions.ancestors();
    const known = new Set(ancestors);
    const isForeign = records.every(({ commit }) => commit === null || !known.has(commit));
    const message = `none of the ${new Set(records.map(({ runId }) => runId)).size} runs in the baseline is of a commit that ${(revisions.base?.base ?? revisions.head).slice(0, 12)} descends from: they are not compared with`;
    return {
      records,
      ancestors,
      warnings: isForeign ? [...warnings, { code: 'baseline-not-ancestor', message }] : warnings,
    };
  } catch (error) {
    const message = `which commits the base descends from could not be found out (${messageOf(error)}): the stored baseline is not compared with`;
    return { records, ancestors: [], warnings: [...warnings, { code: 'baseline-not-ancestor', message }] };
  }
}
