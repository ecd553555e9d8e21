/** Flow: `mode: merge`. Several jobs measured functions of their own; this one decides on all of them, publishes, and fails. */

import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ActionJob } from './action.ts';
import { checkoutFiles, readDeciding, sourcePlaces } from './action-deciding.ts';
import { approvedContext } from './approved-context.ts';
import { gateName } from './config/gate-name.ts';
import { decideReported } from './decide-reported.ts';
import { BadInputError, messageOf } from './errors.ts';
import { strangerOf } from './github/refuse-strangers.ts';
import { remoteOf } from './github/remote.ts';
import { mergeRuns } from './merge-runs.ts';
import { openRevisions } from './open-revisions.ts';
import { publish } from './publish.ts';

export async function actionMerge(job: ActionJob): Promise<number> {
  const { inputs, token, cacheDir, log, signal, check } = job;
  const context = await approvedContext(job);
  const head = checkoutFiles(inputs.workspace);
  const configFile = relative(inputs.workspace, join(inputs.workingDirectory, inputs.config));
  check.aim(context, inputs.name ?? gateName(await head(configFile)));
  const { change, sha } = context;
  const revisions = await openRevisions({
    workspace: inputs.workspace,
    base: change && { kind: 'pull-request', tested: sha, ...change },
    remote: remoteOf(context, token),
    ...{ cacheDir, log, signal },
  });
  try {
    const deciding = await readDeciding(await revisions.readerOf(change?.baseSha ?? sha), head, context, configFile);
    await check.start(inputs.name ?? deciding.gate);
    const run = await mergeRuns(await partsIn(inputs.outDir));
    const result = await decideReported(job, {
      ...{ run, context, revisions, deciding, head, configFile },
      warnings: revisions.problem === null ? [] : [{ code: 'base-unknown', message: revisions.problem }],
    });
    const { runUrl } = context;
    return await publish(job, {
      ...result,
      ...{ context, deciding, artifactUrl: runUrl && `${runUrl}#artifacts` },
      stranger: inputs.approved === null ? strangerOf(context) : null,
      places: await sourcePlaces(head, configFile, result.config),
    });
  } finally {
    await revisions.close();
  }
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
