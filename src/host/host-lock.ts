/** The lock that lets one run at a time measure on a host. */

import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FileLock, takeFileLock } from '../lib/file-lock.ts';
import { messageOf, NotMeasurableError } from '../model/errors.ts';
import { STATE_ROOT } from './run-registry.ts';

const SAY_AFTER_MS = 500;

export interface HostLock extends FileLock {
  /** How long it had to be waited for. */
  waitedMs: number;
}

/** Waits for as long as another run measures; says so through `log`. @throws NotMeasurableError */
export async function takeHostLock(
  log: (line: string) => void,
  signal: AbortSignal,
  path = join(STATE_ROOT, 'lock'),
): Promise<HostLock> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  // Whoever can open the file can hold the lock, so only root can open it.
  await (await open(path, 'a', 0o600)).close();
  await chmod(path, 0o600);
  const startedMs = performance.now();
  const saying = setTimeout(() => log('another run measures on this host; waiting for its lock'), SAY_AFTER_MS);
  try {
    const { release } = await takeFileLock(path, signal);
    return { waitedMs: performance.now() - startedMs, release };
  } catch (error) {
    throw new NotMeasurableError(`the host lock ${path} could not be taken: ${messageOf(error)}`, { cause: error });
  } finally {
    clearTimeout(saying);
  }
}
