/** The files that a guest is booted from, where a VMM can read them: the cache is open to its owner only. */

import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { openDiskState } from '../../host/run-registry.ts';
import { digestJson } from '../../lib/digest.ts';
import { InstanceError, messageOf } from '../../model/errors.ts';
import { VMM_UID } from '../../model/uids.ts';

/** What a guest is booted from. */
export interface BootFiles {
  kernel: string;
  initramfs: string;
  disk: string;
}

/**
 * Puts an image's files where the user of VMMs can read them and nobody else, and where jails of this run can link them
 * from: as links where the file system is the same, otherwise as a copy, which is made once and not at a start.
 * @throws InstanceError naming the file that cannot be read
 */
export function placeBootFiles(runId: string, files: BootFiles): BootFiles {
  const parent = join(openDiskState(runId), 'files');
  const directory = join(parent, digestJson(files).replace('sha256:', ''));
  const placed = {
    kernel: join(directory, 'kernel'),
    initramfs: join(directory, 'initramfs'),
    disk: join(directory, 'disk'),
  };
  if (existsSync(directory)) return placed;
  const nascent = `${directory}.new`;
  rmSync(nascent, { recursive: true, force: true });
  mkdirSync(nascent, { recursive: true });
  chownSync(parent, 0, VMM_UID);
  chmodSync(parent, 0o710);
  for (const [name, path] of Object.entries(files))
    try {
      linkOrCopy(path, join(nascent, name));
    } catch (error) {
      rmSync(nascent, { recursive: true, force: true });
      throw new InstanceError(
        'start-failed',
        'start',
        `the guest's ${name}, ${path}, cannot be read: ${messageOf(error)}`,
      );
    }
  renameSync(nascent, directory);
  return placed;
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}
