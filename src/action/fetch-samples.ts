/** Flow part: what a workflow run has uploaded, as a file in a place of our own. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSamplesArtifact } from '../github/artifact.ts';
import type { Github } from '../github/open-github.ts';
import { openScratchDirectory } from '../lib/scratch-directory.ts';
import type { ActionJob } from './job.ts';

export interface FetchedSamples {
  path: string;
  artifactId: number;
  /** By the caller, once they are read. */
  remove(): Promise<void>;
}

/**
 * Null where the run has uploaded none of that name.
 * @throws BadInputError where what was uploaded cannot be taken
 * @throws NotMeasurableError where GitHub does not hand it out
 */
export async function fetchSamples(
  { inputs: { artifact: name }, cacheDir, log }: ActionJob,
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
