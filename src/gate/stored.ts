/** What the store of baselines holds of this gate, and which of its records a run is compared with. */

import { withBetweenRuns } from '../baseline/history.ts';
import { openStore } from '../baseline/open-store.ts';
import { selectBaseline, selectPinned } from '../baseline/select-baseline.ts';
import type { Revisions } from '../git/open-revisions.ts';
import { shortCommit } from '../lib/text.ts';
import type { BaselineRecord, StoredBaselines } from '../model/baseline.ts';
import type { Config } from '../model/config.ts';
import type { Env } from '../model/env.ts';
import { messageOf } from '../model/errors.ts';
import type { GitRemote } from '../model/git.ts';
import type { Fingerprint } from '../model/probe.ts';
import type { Warning } from '../model/warnings.ts';

export interface Stored extends StoredBaselines {
  /** Commits whose records count, the nearest first; null where the commits are not known: then all records count. */
  ancestors: readonly string[] | null;
  /** Records of the pinned run; empty where none is pinned, or its commit does not count. */
  pinned: BaselineRecord[];
}

export interface StoreRequest {
  /** `git`, `git:BRANCH` or a directory; null: nothing is stored. */
  baseline: string | null;
  /** Where a branch is fetched from; null: the remote of the checkout. */
  remote: GitRemote | null;
  revisions: Revisions | null;
}

/** Nothing is read where the configuration compares with nothing. @throws BadInputError */
export async function readStored(
  { baseline, remote, revisions }: StoreRequest,
  { name, workspace, compare }: Pick<Config, 'name' | 'workspace' | 'compare'>,
  env: Env,
): Promise<Stored> {
  if (baseline === null || compare === 'none')
    return { records: [], pins: [], warnings: [], ancestors: null, pinned: [] };
  const open = await openStore({ store: baseline, workspace: workspace ?? process.cwd(), remote }, env);
  try {
    const found = await open.store.read(name);
    const { ancestors, warnings } = await findAncestors(found.records, revisions);
    const pinned = selectPinned(found.pins, found.records, ancestors);
    return {
      ...found,
      ancestors,
      pinned: pinned.records,
      warnings: [...found.warnings, ...warnings, ...pinned.warnings],
    };
  } finally {
    await open.close();
  }
}

async function findAncestors(
  records: BaselineRecord[],
  revisions: Revisions | null,
): Promise<{ ancestors: readonly string[] | null; warnings: Warning[] }> {
  if (records.length === 0 || !revisions?.head) return { ancestors: null, warnings: [] };
  const from = shortCommit(revisions.base?.commit ?? revisions.head);
  const warn = (why: string): Warning[] => [
    { code: 'baseline-not-ancestor', message: `the stored baseline is not used: ${why}` },
  ];
  try {
    const ancestors = await revisions.ancestors();
    const known = new Set(ancestors);
    if (records.some(({ commit }) => commit !== null && known.has(commit))) return { ancestors, warnings: [] };
    const runs = new Set(records.map(({ runId }) => runId)).size;
    return { ancestors, warnings: warn(`none of its runs (${runs} of them) is of an ancestor of ${from}`) };
  } catch (error) {
    const warnings = warn(`the ancestors of ${from} could not be found out (${messageOf(error)})`);
    return { ancestors: [], warnings };
  }
}

/** The records that growth and drift are measured against, with how much runs of the same code differ. */
export function chooseReferences(
  { records, ancestors, pinned }: Stored,
  gate: string,
  fingerprint: Fingerprint,
): { baseline: BaselineRecord[]; pinned: BaselineRecord[] } {
  return {
    baseline: withBetweenRuns(selectBaseline(records, gate, fingerprint, ancestors), records, ancestors),
    pinned: withBetweenRuns(pinned, records, ancestors),
  };
}
