/**
 * A writer as a process. argv: a store (a directory, or `git` and a URL), where to work, a name, how many runs. Prints
 * each run's id once it is durable.
 */
import { join } from 'node:path';
import { openBranchStore } from '../../src/baseline/branch-store.ts';
import { openDirectoryStore } from '../../src/baseline/directory-store.ts';
import { openOwnRepository } from '../../src/git/own-repository.ts';
import { record } from './baseline-record.ts';

const [store = '', scratch = '', name = '', count = '1'] = process.argv.slice(2);
const remote = { url: store };
const opened = store.endsWith('.git')
  ? openBranchStore({
      ...{ repository: await openOwnRepository(join(scratch, `${name}.git`), remote), remote },
      ...{ branch: 'isogate-baselines', remoteName: 'origin' },
    })
  : await openDirectoryStore(store);
for (let run = 0; run < Number(count); run++) {
  const runId = `${name}-${run}`;
  await opened.append({ records: [record({ runId }), record({ runId, isolation: 'gvisor' })], pins: [] });
  process.stdout.write(`${runId}\n`);
}
