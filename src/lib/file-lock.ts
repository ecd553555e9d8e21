import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface FileLock {
  /** Resolves when it has been let go; may be called twice. */
  release(): Promise<void>;
}

/**
 * Waits for flock(2) on a file, which is made where it is missing. A child holds it, so that the kernel lets go however this
 * process dies.
 * @throws Error when it cannot be had, or the signal is aborted
 */
export async function takeFileLock(path: string, signal?: AbortSignal): Promise<FileLock> {
  // `cat` runs once flock has the lock, and ends when its standard input does: at our release or at our death.
  const holder = spawn('flock', [path, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = new Promise<void>((resolve) => {
    holder.once('error', () => resolve());
    // Not `exit`: the lock is let go when `cat` has ended too.
    holder.once('close', () => resolve());
  });
  // It may have ended, or closed its input, by the time that it is written to.
  holder.stdin.on('error', () => {});
  const release = async (): Promise<void> => {
    holder.stdin.end();
    await gone;
  };
  try {
    holder.stdin.write('held\n');
    await Promise.race([
      once(holder.stdout, 'data', signal ? { signal } : {}),
      once(holder, 'exit').then(([code, by]) => Promise.reject(new Error(`flock ended with ${by ?? code}`))),
    ]);
    return { release };
  } catch (error) {
    // One that still waits for the lock does not see that its input has ended.
    holder.kill('SIGTERM');
    await release();
    throw error;
  }
}
