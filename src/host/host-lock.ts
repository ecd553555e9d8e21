/** The lock that lets one run at a time measure on a host. */

import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FileLock, takeFileLock } from '../lib/file-lock.ts';
import { messageOf, NotMeasurableError } from '../model/errors.ts';
import { findHolder, forgetHolder, writeHolder } from './lock-holder.ts';
import { STATE_ROOT } from './run-registry.ts';

const SAY_AFTER_MS = 500;
/** Where several runs wait, the one that holds the lock changes meanwhile. */
const LOOK_EVERY_MS = 2_000;

export interface HostLock extends FileLock {
  /** How long it had to be waited for. */
  waitedMs: number;
}

/** Waits for as long as another run measures; says through `log` who that is. @throws NotMeasurableError */
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
  const stopSaying = sayWhoHolds(path, log);
  try {
    const { release } = await takeFileLock(path, signal);
    stopSaying();
    // For others to read; without it they ask the kernel.
    await writeHolder(path, new Date()).catch(() => {});
    let released: Promise<void> | null = null;
    return {
      waitedMs: performance.now() - startedMs,
      release() {
        // Once only: after that the record may be somebody else's.
        released ??= forgetHolder(path).then(release);
        return released;
      },
    };
  } catch (error) {
    throw new NotMeasurableError(`the host lock ${path} could not be taken: ${messageOf(error)}`, { cause: error });
  } finally {
    stopSaying();
  }
}

/** Says so once for each holder. @returns stops it */
function sayWhoHolds(path: string, log: (line: string) => void): () => void {
  let isOver = false;
  let said: number | null = null;
  const look = async (): Promise<void> => {
    const { pid, text } = (await findHolder(path)) ?? { pid: 0, text: 'by a process that cannot be seen from here' };
    if (isOver || pid === said) return;
    said = pid;
    log(`another run measures on this host: ${text}; waiting for its lock`);
  };
  const first = setTimeout(() => void look(), SAY_AFTER_MS);
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return () => {
    isOver = true;
    clearTimeout(first);
    clearInterval(timer);
  };
}
