/** An engine's own copy of an image: imported from the same root filesystem that all other arms run from. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shortenStart } from '../../lib/text.ts';
import { InstanceError } from '../../model/errors.ts';
import type { FunctionImage } from '../../model/image.ts';
import type { StartContext } from '../../model/isolation.ts';
import { keepTail } from '../channel/process-end.ts';
import { imageReference, RUN_LABEL } from './engine-args.ts';
import { type EngineRecord, recordEngine, runDirectory } from './engine-client.ts';

/** For the largest of images on the slowest of disks. */
const IMPORT_MS = 600_000;

export interface EngineImage {
  reference: string;
  /** The engine's own digest of it, hexadecimal. */
  id: string;
}

/** By engine, run and image: an import that is under way is waited for, one that failed is tried again. */
const imported = new Map<string, Promise<EngineImage>>();

/** @throws InstanceError */
export function importImage(
  engine: EngineRecord,
  image: FunctionImage,
  context: Pick<StartContext, 'runId' | 'signal'>,
): Promise<EngineImage> {
  const key = JSON.stringify([engine, context.runId, image.digest, image.rootfsDir]);
  const known = imported.get(key);
  if (known) return known;
  const importing = importNow(engine, image, context);
  imported.set(key, importing);
  importing.catch(() => imported.delete(key));
  return importing;
}

async function importNow(
  engine: EngineRecord,
  image: FunctionImage,
  { runId, signal }: Pick<StartContext, 'runId' | 'signal'>,
): Promise<EngineImage> {
  recordEngine(runId, engine);
  const reference = imageReference(runId, image.digest);
  const [file = '', ...options] = engine.command;
  const label = ['--change', `LABEL ${RUN_LABEL}=${runId}`];
  const limit = AbortSignal.any([signal, AbortSignal.timeout(IMPORT_MS)]);
  const kill = { signal: limit, killSignal: 'SIGKILL' } as const;
  const tar = spawn(
    'tar',
    ['--numeric-owner', '--sort=name', '--xattrs', '--xattrs-include=*', '-C', image.rootfsDir, '-cf', '-', '.'],
    { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], ...kill },
  );
  const client = spawn(file, [...options, 'import', ...label, '-', reference], {
    cwd: '/',
    env: engine.env,
    stdio: [tar.stdout, 'pipe', 'pipe'],
    ...kill,
  });
  // The client has it now: were it open here too, tar would not notice that its reader died.
  tar.stdout?.destroy();
  const printed = client.stdout ? keepTail(client.stdout) : () => '';
  const ends = await Promise.allSettled([ending(tar, 'tar'), ending(client, engine.name)]);
  // The reader's words first: a writer whose reader died only knows of a broken pipe.
  const failed = ends.reverse().find((end) => end.status === 'rejected');
  if (failed) {
    const why = limit.aborted && !signal.aborted ? `not done within ${IMPORT_MS / 1000} s` : String(failed.reason);
    throw new InstanceError('start-failed', 'start', `the image could not be imported into ${engine.name}: ${why}`);
  }
  return { reference, id: bareDigest(printed()) };
}

/** Docker writes `sha256:` before a digest, Podman does or does not. */
export const bareDigest = (digest: string): string => digest.replace(/^sha256:/, '');

async function ending(child: ChildProcess, name: string): Promise<void> {
  const words = child.stderr ? keepTail(child.stderr) : () => '';
  const [code, signal] = await Promise.race([
    once(child, 'close'),
    once(child, 'error').then(([error]) => Promise.reject((error as Error).message)),
  ]);
  if (code !== 0)
    throw `${name} ${signal ? `was killed by ${signal}` : `ended with ${code}`}: ${shortenStart(words(), 500)}`;
}

/** The bundle's seccomp profile, for the engine's client to read at every start: the same filter in every container. */
export function writeSeccomp(image: FunctionImage, runId: string): string {
  const profile = JSON.parse(readFileSync(join(image.bundleDir, 'config.json'), 'utf8')).linux?.seccomp;
  const path = join(runDirectory(runId), `seccomp-${image.digest.replace(/^sha256:/, '').slice(0, 12)}.json`);
  mkdirSync(runDirectory(runId), { recursive: true, mode: 0o711 });
  writeFileSync(path, JSON.stringify(profile ?? { defaultAction: 'SCMP_ACT_ALLOW' }));
  return path;
}
