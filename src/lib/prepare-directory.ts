/** Makes a directory that results will be written to, and tries it before anything is started. */

import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BadInputError } from '../model/errors.ts';

/** @throws BadInputError naming the option when it cannot be made or written */
export async function prepareDirectory(option: string, directory: string): Promise<void> {
  const path = resolve(directory);
  try {
    await makeDirectory(path);
    // Nobody can have put a link at this name, and O_EXCL follows none.
    const trial = join(path, `.isogate-${randomUUID()}`);
    await (await open(trial, 'wx')).close();
    await rm(trial);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BadInputError(`${option} ${directory}: cannot be written (${code}); name a directory that can`, {
      cause: error,
    });
  }
}

/** Node's own recursive mkdir never returns where an existing parent, such as /proc, takes no directories. */
async function makeDirectory(path: string): Promise<void> {
  const attempt = (): Promise<'made' | 'no parent'> =>
    mkdir(path).then(
      () => 'made',
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return 'made';
        if (error.code === 'ENOENT') return 'no parent';
        throw error;
      },
    );
  if ((await attempt()) === 'made') return;
  if (dirname(path) !== path) await makeDirectory(dirname(path));
  await mkdir(path);
}
