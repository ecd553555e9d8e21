import * as v from 'valibot';
import { fromBufferPromise } from 'yauzl';
import { BadInputError, messageOf, NotMeasurableError } from '../model/errors.ts';
import type { Octokit } from './create-octokit.ts';
import { explainError, READING_RUNS } from './explain-error.ts';

/** A run of many functions leaves some megabytes. */
const MAX_SAMPLES_BYTES = 64 * 2 ** 20;
const MAX_ZIP_BYTES = 32 * 2 ** 20;
const MAX_ENTRIES = 1000;
const DOWNLOAD_TIMEOUT_MS = 120_000;

export interface ArtifactPlace {
  owner: string;
  repo: string;
  /** The workflow run that uploaded it. */
  runId: number;
  name: string;
}

export interface RunSamples {
  samples: Buffer;
  artifactId: number;
}

const listed = v.object({
  id: v.pipe(v.number(), v.safeInteger()),
  name: v.string(),
  size_in_bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  expired: v.boolean(),
  created_at: v.nullable(v.string()),
});

/**
 * samples.jsonl of the newest artifact of that name, whose size is checked before and during the download. Null where the
 * run has uploaded none.
 * @throws BadInputError where what was uploaded cannot be accepted
 * @throws NotMeasurableError where GitHub does not hand it out
 */
export async function readSamplesArtifact(octokit: Octokit, place: ArtifactPlace): Promise<RunSamples | null> {
  const { owner, repo, runId: run_id, name } = place;
  const what = `artifact ${name} of run ${run_id}`;
  try {
    const { data } = await octokit.rest.actions.listWorkflowRunArtifacts({ owner, repo, run_id, name, per_page: 100 });
    const [newest] = data.artifacts
      .map((one) => v.parse(listed, one))
      // Older Enterprise servers do not know the parameter.
      .filter((one) => one.name === name)
      .sort((a, b) => (b.created_at ?? '').localeCompare(a.created_at ?? '') || b.id - a.id);
    if (newest === undefined) return null;
    if (newest.expired) throw new NotMeasurableError(`${what}: ${READING_RUNS.gone}`);
    if (newest.size_in_bytes > MAX_ZIP_BYTES)
      throw new BadInputError(`${what}: ${newest.size_in_bytes} bytes; accepted: at most ${MAX_ZIP_BYTES}`);
    const address = await findAddress(octokit, { owner, repo, artifact_id: newest.id });
    const archive = await download(address, what);
    const samples = await readZipFile(archive, 'samples.jsonl', MAX_SAMPLES_BYTES, what);
    return { samples, artifactId: newest.id };
  } catch (error) {
    if (error instanceof BadInputError || error instanceof NotMeasurableError) throw error;
    throw new NotMeasurableError(`${what}: ${explainError(error, READING_RUNS)}`, { cause: error });
  }
}

/** GitHub answers with an address, which is fetched without the token. */
async function findAddress(
  octokit: Octokit,
  parameters: { owner: string; repo: string; artifact_id: number },
): Promise<string> {
  const { headers } = await octokit.rest.actions.downloadArtifact({
    ...parameters,
    archive_format: 'zip',
    request: { redirect: 'manual' },
  });
  const { location } = headers;
  // What comes over plain HTTP could be anybody's. It is accepted only from a server that is itself reached by plain HTTP.
  const isClear = octokit.request.endpoint.DEFAULTS.baseUrl.startsWith('http:');
  if (typeof location !== 'string' || !(isClear ? /^https?:/ : /^https:/).test(location))
    throw new Error('no address was given, or none by https');
  return location;
}

async function download(address: string, what: string): Promise<Buffer> {
  const response = await fetch(address, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
  if (!response.ok || response.body === null) throw new Error(`its store answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    // The error leaves the loop, which ends the transfer.
    if (bytes > MAX_ZIP_BYTES)
      throw new BadInputError(`${what}: more than ${MAX_ZIP_BYTES} bytes came, the most accepted`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The one file of that name in an archive from somebody else, in whatever directory it lies: no path in the archive is
 * used, and nothing is unpacked to disk.
 * @param what the archive, for messages
 * @throws BadInputError where there is no such file or several, and where the archive is damaged, hostile or too large
 */
async function readZipFile(archive: Buffer, name: string, maxBytes: number, what: string): Promise<Buffer> {
  const refuse = (why: string): BadInputError =>
    new BadInputError(`${what}: ${why}; accepted: a zip of what one run left in its out directory`);
  try {
    const zip = await fromBufferPromise(archive, { strictFileNames: true });
    if (zip.entryCount > MAX_ENTRIES) throw refuse(`${zip.entryCount} files`);
    const found = [];
    for await (const entry of zip.eachEntry()) if (entry.fileName.split('/').at(-1) === name) found.push(entry);
    const [entry] = found;
    if (entry === undefined || found.length > 1) throw refuse(`${found.length} files called ${name}`);
    if (entry.uncompressedSize > maxBytes)
      throw refuse(`${name} is said to have ${entry.uncompressedSize} bytes, more than ${maxBytes}`);
    const chunks: Buffer[] = [];
    // The library ends with an error where more comes than the archive has said.
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch (error) {
    throw error instanceof BadInputError ? error : refuse(messageOf(error).slice(0, 300));
  }
}
