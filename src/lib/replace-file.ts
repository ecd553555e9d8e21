/** Writes a file of results in one piece; it replaces whatever was there. */

import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { messageOf, NotMeasurableError } from '../model/errors.ts';

/**
 * A link that is there is replaced, not followed: the directory may hold what a pull request committed.
 * @throws NotMeasurableError naming the file and the system's error
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.${randomUUID()}`;
  try {
    // O_CREAT with O_EXCL: opens nothing that exists, and no link.
    await writeFile(fresh, text, { flag: 'wx' });
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw new NotMeasurableError(`${path}: cannot be written (${messageOf(error)})`, { cause: error });
  }
}
