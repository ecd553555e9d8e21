/** Flow: `mode: merge`. Several jobs measured functions of their own; this one decides on all of them, publishes, and fails. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInputError, messageOf } from '../model/errors.ts';
import { mergeRuns } from '../samples/merge-runs.ts';
import { approvedContext } from './approved-context.ts';
import { checkoutFiles } from './deciding.ts';
import type { ActionJob } from './job.ts';
import { publishReported } from './publish-reported.ts';

export async function actionMerge(job: ActionJob): Promise<number> {
  const { workspace, outDir } = job.inputs;
  const context = await approvedContext(job);
  const { runUrl } = context;
  return publishReported(job, {
    context,
    headFiles: async () => checkoutFiles(workspace),
    readRun: async () => ({
      run: await mergeRuns(await partsIn(outDir)),
      artifactUrl: runUrl && `${runUrl}#artifacts`,
    }),
  });
}

/** `out/PART/samples.jsonl`, as actions/download-artifact leaves several artifacts. */
async function partsIn(outDir: string): Promise<string[]> {
  const entries = await readdir(outDir, { withFileTypes: true }).catch((error: unknown) => {
    throw new BadInputError(
      `input out: ${messageOf(error)}; accepted: a directory with the parts' own directories in it`,
    );
  });
  const parts = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(outDir, name, 'samples.jsonl'));
  if (parts.length === 0)
    throw new BadInputError(`input out: no part in ${outDir}; accepted: DIRECTORY/PART/samples.jsonl of each part`);
  return parts.sort();
}
