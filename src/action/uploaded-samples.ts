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
import { listEarlierRuns } from './earlier-runs.ts';
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

/** What a run carries on: the samples of earlier attempts, of its workflow run or of others of the commit, and what they spent of alpha. */
export interface EarlierSamples {
  /** A samples file; null where there is none to carry on from. */
  path: string | null;
  /** How many earlier attempts there were, where none of them can be carried on. */
  unseenAttempts: number;
  warnings: Warning[];
  /** What takes their place where they turn out to be of another run. */
  anew(why: string): EarlierSamples;
  remove(): Promise<void>;
}

const NONE: EarlierSamples = {
  ...{ path: null, unseenAttempts: 0, warnings: [] },
  anew: () => NONE,
  remove: async () => {},
};

/** Where samples to carry on are looked for. */
interface Source {
  runId: number;
  unseenAttempts: number;
  /** What comes after “this is …”. */
  told: string;
}

/**
 * An earlier attempt of this workflow run, else the last of other runs that came to a verdict on the same commit by the same
 * rules: a new run must not be a new chance.
 */
async function chooseSource(job: ActionJob, { attempt, runId, change }: EventContext): Promise<Source | null> {
  if (runId === null) return null;
  const runs = change === null ? [] : await listEarlierRuns(job);
  const unseenAttempts = attempt - 1 + runs.length;
  if (attempt > 1) return { runId, unseenAttempts, told: `attempt ${attempt} of its run` };
  const last = runs.at(-1);
  return last === undefined
    ? null
    : {
        runId: last,
        unseenAttempts,
        told: `a further run of a commit that run ${last} has decided on by the same rules`,
      };
}

/** Never throws: where nothing can be carried on, all is measured anew, and a warning says why. */
export async function fetchEarlierSamples(job: ActionJob, context: EventContext): Promise<EarlierSamples> {
  const { inputs, github } = job;
  const source = await chooseSource(job, context);
  if (source === null) return NONE;
  const anew = (why: string): EarlierSamples => startAnew(job, source, why);
  if (github === null) return anew('there is no token to fetch them with');
  let fetched: FetchedSamples | null = null;
  try {
    fetched = await fetchSamples(job, github, source.runId);
    if (fetched === null) return anew(`the run has no artifact called ${inputs.artifact}`);
    const { path, remove } = fetched;
    const { samples } = await readEarlier(path);
    const { workflow } = samples.header;
    const isEarlier = source.runId !== context.runId || (workflow?.attempt ?? 0) < context.attempt;
    if (workflow?.run !== source.runId || !isEarlier)
      throw new Error(
        `they are of ${workflow ? `attempt ${workflow.attempt} of run ${workflow.run}` : 'no workflow run'}`,
      );
    return { path, remove, anew, warnings: [], unseenAttempts: source.unseenAttempts };
  } catch (error) {
    await fetched?.remove();
    return anew(messageOf(error));
  }
}

/** Nothing is carried on, and the report says why. */
function startAnew({ inputs }: ActionJob, { unseenAttempts, told }: Source, why: string): EarlierSamples {
  const message = `this is ${told}, and it does not carry on from the samples of the one before: ${why}. Each attempt leaves a fiftieth of the alpha for passes to the next, so this one passes only what is clearly within its limits. Upload \`out\` after each attempt (if: always()) as the artifact ${inputs.artifact}, and give the job \`actions: read\``;
  return { ...NONE, unseenAttempts, warnings: [{ code: 'attempt-alone', message }] };
}
