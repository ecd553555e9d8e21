import { takeFileLock } from '../lib/file-lock.ts';
import { BadInputError, messageOf } from '../model/errors.ts';

/** @throws BadInputError where the lock cannot be had */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = await takeFileLock(path).catch((error: unknown) => {
    throw new BadInputError(
      `baseline: the lock ${path} cannot be had (${messageOf(error)}); name a directory that can be written`,
      { cause: error },
    );
  });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
