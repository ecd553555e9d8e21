/** Samples that a workflow run has uploaded: of another workflow that measured, or of an earlier attempt of this one. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSamplesArtifact } from '../github/artifact.ts';
import type { Github } from '../github/open-github.ts';
import type { EventContext } from '../github/read-event.ts';
import { openScratchDirectory } from '../lib/scratch-directory.ts';
import { messageOf } from '../model/errors.ts';
import type { Warning } from '../model/warnings.ts';
import { readEarlier } from '../samples/read-samples.ts';
import type { ActionJob } from './job.ts';

export interface FetchedSamples {
  path: string;
  artifactId: number;
  /** Called once the file is read. */
  remove(): Promise<void>;
}

/**
 * The samples of a workflow run, in a file of our own; null where the run has uploaded no artifact of that name.
 * @throws BadInputError where what was uploaded cannot be accepted
 * @throws NotMeasurableError where GitHub does not hand it out
 */
export async function fetchSamples(
  { inputs: { artifact: name }, env: { cacheDir, log } }: ActionJob,
  { octokit, owner, repo }: Github,
  runId: number,
): Promise<FetchedSamples | null> {
  const found = await readSamplesArtifact(octokit, { owner, repo, runId, name });
  if (found === null) return null;
  const { path: directory, remove } = openScratchDirectory(cacheDir, log);
  try {
    const path = join(await directory(), 'samples.jsonl');
    await writeFile(path, found.samples, { flag: 'wx' });
    return { path, artifactId: found.artifactId, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What a re-run carries on: the samples of the earlier attempts of its workflow run, and what they spent of alpha. */
export interface EarlierSamples {
  /** A samples file; null where there is none to carry on from. */
  path: string | null;
  warnings: Warning[];
  remove(): Promise<void>;
}

const NONE: EarlierSamples = { path: null, warnings: [], remove: async () => {} };

/** Never throws: where nothing can be carried on, all is measured anew, and a warning says why. */
export async function fetchEarlierSamples(job: ActionJob, context: EventContext): Promise<EarlierSamples> {
  const { inputs, github } = job;
  const { attempt, runId } = context;
  if (attempt <= 1 || runId === null) return NONE;
  if (github === null) return startAnew(job, context, 'there is no token to fetch them with');
  let fetched: FetchedSamples | null = null;
  try {
    fetched = await fetchSamples(job, github, runId);
    if (fetched === null) return startAnew(job, context, `the run has no artifact called ${inputs.artifact}`);
    const { path, remove } = fetched;
    const { samples } = await readEarlier(path);
    if (samples.header.attempt >= attempt) throw new Error(`they are of attempt ${samples.header.attempt}`);
    return { path, warnings: [], remove };
  } catch (error) {
    await fetched?.remove();
    return startAnew(job, context, messageOf(error));
  }
}

/** Nothing is carried on, and the report says why. */
export function startAnew({ inputs }: ActionJob, { attempt }: EventContext, why: string): EarlierSamples {
  const message = `this is attempt ${attempt} of its run, and it does not carry on from the samples of the one before: ${why}. Each attempt leaves a fiftieth of the alpha for passes to the next, so this one passes only what is clearly within its limits. Upload \`out\` after each attempt (if: always()) as the artifact ${inputs.artifact}, and give the job \`actions: read\``;
  return { ...NONE, warnings: [{ code: 'attempt-alone', message }] };
}
