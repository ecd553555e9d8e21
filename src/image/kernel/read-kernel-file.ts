import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { messageOf, NotMeasurableError } from '../../model/errors.ts';
import { type Unpacker, unpackConfined } from '../confine/unpack-confined.ts';
import { isBelow } from '../tree/is-below.ts';

/** Far above the largest in use. */
export const MAX_MODULE_BYTES = 64 * 2 ** 20;
export const MAX_KERNEL_BYTES = 512 * 2 ** 20;

/**
 * A file that belongs to a guest kernel. The kernel may come from the repository, and the harness may read more than
 * the repository's authors. So it must be a regular file, which after all links lies below `dir` and is not larger than
 * `maxBytes`.
 * @throws NotMeasurableError when it is something else; nothing of its content is in the message
 */
export function readKernelFile(file: string, limits: { dir: string; maxBytes: number }): Buffer {
  const fd = openKernelFile(file, limits);
  try {
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Checks the same without reading the file; returns its path after all links. */
export function checkKernelFile(file: string, limits: { dir: string; maxBytes: number }): string {
  closeSync(openKernelFile(file, limits));
  return realpathSync.native(file);
}

function openKernelFile(file: string, { dir, maxBytes }: { dir: string; maxBytes: number }): number {
  const refuse = (what: string) =>
    new NotMeasurableError(
      `${file.slice(0, 512)}, part of a guest kernel, ${what}: use a kernel that is complete in ${dir}`,
    );
  if (!isBelow(file, dir)) throw refuse(`is missing or leads out of ${dir}`);
  // Opening a pipe without this would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const fd = open(realpathSync.native(file), flags, refuse);
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.size <= maxBytes) return fd;
  closeSync(fd);
  throw refuse(stat.isFile() ? `has ${stat.size} bytes, more than ${maxBytes}` : 'is not a regular file');
}

function open(file: string, flags: number, refuse: (what: string) => Error): number {
  try {
    return openSync(file, flags);
  } catch (error) {
    throw refuse(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/**
 * A kernel module's ELF file, unpacked: distributions compress modules by xz, zstd or gzip, and guests cannot unpack
 * them.
 * @throws NotMeasurableError when it is no regular file, cannot be unpacked, or is larger than 64 MiB
 */
export async function readModule(file: string, unpacker: Unpacker): Promise<Buffer> {
  const bytes = readKernelFile(file, { dir: dirname(file), maxBytes: MAX_MODULE_BYTES });
  try {
    return await unpack(file, bytes, unpacker);
  } catch (error) {
    if (error instanceof NotMeasurableError) throw error;
    throw new NotMeasurableError(
      `the guest kernel's module ${file} cannot be unpacked, or has more than 64 MiB (${messageOf(error)}): use a kernel that is complete`,
    );
  }
}

async function unpack(file: string, input: Buffer, unpacker: Unpacker): Promise<Buffer> {
  const maxBytes = MAX_MODULE_BYTES;
  const by = (tool: string, debianPackage: string) =>
    unpackConfined([tool, '-dc'], input, { ...unpacker, debianPackage, maxBytes });
  if (file.endsWith('.xz')) return by('xz', 'xz-utils');
  if (file.endsWith('.zst')) return by('zstd', 'zstd');
  return file.endsWith('.gz') ? gunzipSync(input, { maxOutputLength: maxBytes }) : input;
}
