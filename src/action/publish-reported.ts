/** Flow part: what other jobs have measured, decided on here and published. */

import { readGateName } from '../config/load-config.ts';
import type { Revisions } from '../git/open-revisions.ts';
import type { EventContext } from '../github/read-event.ts';
import { strangerOf } from '../github/refuse-strangers.ts';
import type { RawRun } from '../samples/merge-runs.ts';
import { decideReported } from './decide-reported.ts';
import { type HeadFiles, readDeciding, sourcePlaces } from './deciding.ts';
import type { ActionJob } from './job.ts';
import { publish } from './publish-verdict.ts';
import { baseWarnings, configFileOf, openActionRevisions } from './revisions.ts';

export interface ReportedSource {
  context: EventContext;
  /** The change's own files, as they are to be shown. */
  headFiles: (revisions: Revisions) => Promise<HeadFiles>;
  /** Read once the check shows that work has begun, so that what is wrong with it ends that. */
  readRun: () => Promise<{ run: RawRun; artifactUrl: string | null }>;
}

/** @returns the job's exit code */
export async function publishReported(
  job: ActionJob,
  { context, headFiles, readRun }: ReportedSource,
): Promise<number> {
  const { inputs, check } = job;
  const { change, sha } = context;
  const configFile = configFileOf(inputs);
  check.aim(context, inputs.name ?? readGateName(null));
  const revisions = await openActionRevisions(job, context);
  try {
    const head = await headFiles(revisions);
    const base = await revisions.readerOf(change?.baseSha ?? sha);
    const deciding = await readDeciding(base, head, context, configFile);
    await check.start(inputs.name ?? deciding.gate);
    const { run, artifactUrl } = await readRun();
    const result = await decideReported(job, {
      ...{ run, context, revisions, deciding, head, configFile },
      warnings: baseWarnings(revisions),
    });
    return await publish(job, {
      ...result,
      ...{ context, deciding, artifactUrl },
      stranger: inputs.approved === null ? strangerOf(context) : null,
      places: await sourcePlaces(head, configFile, result.config),
    });
  } finally {
    await revisions.close();
  }
}
