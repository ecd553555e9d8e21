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
import type { MissingReferences } from '../model/samples.ts';
import type { Warning } from '../model/warnings.ts';
import { differingKeys, fingerprintDifferences } from '../samples/fingerprint-differences.ts';

export interface Stored extends StoredBaselines {
  /** Commits whose records count, the nearest first; null where the commits are not known: then all records count. */
  ancestors: readonly string[] | null;
  /** Records of the pinned run; empty where none is pinned, or its commit does not count. */
  pinned: BaselineRecord[];
  /** Why records that should be there are not, where the change under test may have brought that about; null: nothing is missing. */
  missing: string | null;
}

export interface StoreRequest {
  /** `git`, `git:BRANCH` or a directory; null: nothing is stored. */
  baseline: string | null;
  /** Where a branch is fetched from; null: the remote of the checkout. */
  remote: GitRemote | null;
  revisions: Revisions | null;
  /** The store is a directory that the change under test can fill, so that nothing in it is believed. */
  isInReach?: boolean;
}

const IN_REACH =
  'the baseline is a directory in the checkout, which the change can fill, so it is not believed; keep it on a branch (baseline: git), or outside of the workspace';

/** Nothing is read where the configuration compares with nothing. @throws BadInputError */
export async function readStored(
  { baseline, remote, revisions, isInReach = false }: StoreRequest,
  { name, workspace, compare }: Pick<Config, 'name' | 'workspace' | 'compare'>,
  env: Env,
): Promise<Stored> {
  const nothing = { records: [], pins: [], warnings: [], ancestors: null, pinned: [], missing: null };
  if (baseline === null || compare === 'none') return nothing;
  if (isInReach) return { ...nothing, missing: IN_REACH };
  const open = await openStore({ store: baseline, workspace: workspace ?? process.cwd(), remote }, env);
  try {
    const found = await open.store.read(name);
    const unreadable = found.warnings.find(({ code }) => code === 'baseline-unreachable')?.message ?? null;
    const { ancestors, warnings, missing } = await findAncestors(found.records, revisions);
    const pinned = selectPinned(found.pins, found.records, ancestors);
    return {
      ...found,
      ancestors,
      pinned: pinned.records,
      missing: unreadable ?? missing,
      warnings: [...found.warnings, ...warnings, ...pinned.warnings],
    };
  } finally {
    await open.close();
  }
}

async function findAncestors(
  records: BaselineRecord[],
  revisions: Revisions | null,
): Promise<Pick<Stored, 'ancestors' | 'warnings' | 'missing'>> {
  if (records.length === 0 || !revisions?.head) return { ancestors: null, warnings: [], missing: null };
  if (revisions.problem !== null) {
    const why = `the base of the change could not be found: ${revisions.problem}`;
    return { ancestors: [], warnings: [], missing: why };
  }
  const from = shortCommit(revisions.base?.commit ?? revisions.head);
  const warn = (why: string): Warning => ({
    code: 'baseline-not-ancestor',
    message: `the stored baseline is not used: ${why}`,
  });
  try {
    const ancestors = await revisions.ancestors();
    const known = new Set(ancestors);
    if (records.some(({ commit }) => commit !== null && known.has(commit)))
      return { ancestors, warnings: [], missing: null };
    const runs = new Set(records.map(({ runId }) => runId)).size;
    const warning = warn(`none of its runs (${runs} of them) is of an ancestor of ${from}`);
    // A change chooses by where it branches off; a branch whose history was written anew has to begin with a first run.
    const missing =
      revisions.base === null ? null : `${warning.message}; rebase the change, or merge the base branch into it`;
    return { ancestors, warnings: [warning], missing };
  } catch (error) {
    const warning = warn(`the ancestors of ${from} could not be found out (${messageOf(error)})`);
    return { ancestors: [], warnings: [warning], missing: warning.message };
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

/**
 * The references that are missing without one of the causes that the change under test has no influence on; null where none is.
 * @param isChange a change is judged
 */
export function listMissing(
  { missing }: Pick<Stored, 'missing'>,
  chosen: readonly BaselineRecord[],
  fingerprint: Fingerprint,
  isChange: boolean,
): MissingReferences | null {
  const why = missing ?? (isChange ? findReplacedRuntime(chosen, fingerprint) : null);
  return why === null ? null : { baseline: why };
}

/** What machine it is no change decides; which version of a language runs the function, it may. */
function findReplacedRuntime(chosen: readonly BaselineRecord[], now: Fingerprint): string | null {
  for (const { fingerprint: then } of chosen) {
    const keys = differingKeys(then, now);
    if (keys.length === 0 || !keys.every((key) => key.startsWith('runtime.'))) continue;
    const what = fingerprintDifferences(then, now).join(', ');
    return `the baseline was measured with another version of the language (${what}), which a change can bring about; compare: both measures its base beside it`;
  }
  return null;
}
