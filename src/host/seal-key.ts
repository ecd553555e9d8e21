/** The key with which this machine seals samples. Only root reads it, so no function, build or artifact has it. */

import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NotMeasurableError } from '../model/errors.ts';

/** Outlives a reboot and every run; `isogate clean` leaves it. */
const SEAL_ROOT = '/var/lib/isogate-seal';

export interface SealKey {
  /** Tells keys apart, and tells nothing of the key. */
  id: string;
  secret: Buffer;
  /** Holds, for each sealed file, how far it goes. */
  directory: string;
}

const KEY = /^[0-9a-f]{64}\n$/;

/**
 * The machine's key, made where there is none yet.
 * @throws NotMeasurableError where another user could know it
 * @throws Error where the machine has no room for one
 */
export async function openSealKey(directory = SEAL_ROOT): Promise<SealKey> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return (await readSealKey(directory)) ?? (await makeKey(directory));
}

/** Null where there is none, or this user may not read it. @throws NotMeasurableError where another user could know it */
export async function readSealKey(directory = SEAL_ROOT): Promise<SealKey | null> {
  const path = join(directory, 'key');
  try {
    await refuseOthers(directory);
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { uid, mode, size } = await file.stat();
      const text = size === 65 ? await file.readFile('utf8') : '';
      if (uid !== process.geteuid?.() || (mode & 0o077) !== 0 || !KEY.test(text))
        throw new NotMeasurableError(
          `${path}: not a key that only root can read; accepted: 64 hexadecimal digits and a line break, of root, with mode 0600; remove it, and a new one is made`,
        );
      const secret = Buffer.from(text.trim(), 'hex');
      return {
        id: createHash('sha256').update('isogate.seal/id').update(secret).digest('hex').slice(0, 16),
        secret,
        directory,
      };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

async function refuseOthers(directory: string): Promise<void> {
  const { uid, mode } = await lstat(directory);
  if (uid === process.geteuid?.() ? (mode & 0o077) === 0 : uid === 0) return;
  throw new NotMeasurableError(
    `${directory}: other users may enter it (mode ${(mode & 0o7777).toString(8)}); accepted: a directory of root with mode 0700`,
  );
}

/** Appears whole or not at all; where two runs make one at the same time, both use the first. */
async function makeKey(directory: string): Promise<SealKey> {
  const fresh = join(directory, `.key-${randomBytes(8).toString('hex')}`);
  try {
    await writeFile(fresh, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
    await link(fresh, join(directory, 'key')).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(fresh, { force: true });
  }
  const made = await readSealKey(directory);
  if (made === null) throw new Error('the key that was just made cannot be read');
  return made;
}
