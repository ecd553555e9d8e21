/** Flow part: what the store holds of this gate, and which commits' records count. */

import { openStore } from '../baseline/open-store.ts';
import { shortCommit } from '../lib/text.ts';
import type { StoredBaselines } from '../model/baseline.ts';
import type { Config } from '../model/config.ts';
import { messageOf } from '../model/errors.ts';
import type { GateOptions } from './gate-options.ts';

export interface Stored extends StoredBaselines {
  /** Nearest first; null where nothing is known of the commits. */
  ancestors: readonly string[] | null;
}

const NOTHING: Stored = { records: [], pins: [], ancestors: null, warnings: [] };

type StoredSource = Pick<GateOptions, 'baseline' | 'revisions' | 'remote' | 'cacheDir' | 'log' | 'signal'>;

/** Nothing is read where nothing is compared with it. @throws BadInputError */
export async function readStored(options: StoredSource, config: Config): Promise<Stored> {
  const { revisions } = options;
  if (options.baseline === null || config.compare === 'none') return NOTHING;
  const found = await readStore(options, options.baseline, config);
  if (found.records.length === 0 || !revisions?.head) return { ...found, ancestors: null };
  const from = shortCommit(revisions.base?.commit ?? revisions.head);
  try {
    const ancestors = await revisions.ancestors();
    const known = new Set(ancestors);
    if (found.records.some(({ commit }) => commit !== null && known.has(commit))) return { ...found, ancestors };
    const runs = new Set(found.records.map(({ runId }) => runId)).size;
    const message = `no run of the baseline (${runs} of them) is of a commit that ${from} descends from: none is compared with`;
    return { ...found, ancestors, warnings: [...found.warnings, { code: 'baseline-not-ancestor', message }] };
  } catch (error) {
    const message = `which commits ${from} descends from could not be found out (${messageOf(error)}): the stored baseline is not compared with`;
    const warnings = [...found.warnings, { code: 'baseline-not-ancestor', message }];
    return { ...found, ancestors: [], warnings };
  }
}

async function readStore(
  { remote = null, cacheDir, log, signal }: StoredSource,
  store: string,
  { name, workspace }: Config,
): Promise<StoredBaselines> {
  const open = await openStore({ store, workspace: workspace ?? process.cwd(), remote, cacheDir, log, signal });
  try {
    return await open.store.read(name);
  } finally {
    await open.close();
  }
}
