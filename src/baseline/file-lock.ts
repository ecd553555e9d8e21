import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BadInputError, messageOf } from '../model/errors.ts';

/**
 * Runs `work` while this process holds flock(2) on a file: its holder lets go however we die.
 * @throws BadInputError where the lock cannot be had
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  // `cat` runs once flock has the lock, and ends when its standard input does: at our release or at our death.
  const holder = spawn('flock', [path, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = once(holder, 'close');
  try {
    holder.stdin.on('error', () => {});
    holder.stdin.write('held\n');
    await Promise.race([
      once(holder.stdout, 'data'),
      once(holder, 'error').then(([error]) => Promise.reject(error)),
      once(holder, 'exit').then(([code]) => Promise.reject(new Error(`flock ended with ${code}`))),
    ]).catch((error: unknown) => {
      throw new BadInputError(
        `baseline: the lock ${path} cannot be had (${messageOf(error)}); name a directory that can be written`,
        { cause: error },
      );
    });
    return await work();
  } finally {
    holder.stdin.end();
    await gone.catch(() => {});
  }
}
