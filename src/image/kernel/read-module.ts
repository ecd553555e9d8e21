import { dirname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { runTool } from '../../lib/run-tool.ts';
import { messageOf, NotMeasurableError } from '../../model/errors.ts';
import { MAX_MODULE_BYTES, readKernelFile } from './read-kernel-file.ts';

/**
 * A kernel module's ELF file; distributions compress them by xz, zstd or gzip, and guests have no decompressor.
 *
 * @throws NotMeasurableError when it is no regular file, does not unpack, or is larger than 64 MiB
 */
export async function readModule(file: string): Promise<Buffer> {
  const bytes = readKernelFile(file, { dir: dirname(file), maxBytes: MAX_MODULE_BYTES });
  try {
    return await unpack(file, bytes);
  } catch (error) {
    if (error instanceof NotMeasurableError) throw error;
    throw new NotMeasurableError(
      `the guest kernel's module ${file} cannot be unpacked, or has more than 64 MiB (${messageOf(error)}): use a kernel that is complete`,
    );
  }
}

async function unpack(file: string, input: Buffer): Promise<Buffer> {
  const maxBytes = MAX_MODULE_BYTES;
  if (file.endsWith('.xz')) return runTool('xz', ['-dc'], { debianPackage: 'xz-utils', input, maxBytes });
  if (file.endsWith('.zst')) return runTool('zstd', ['-dc'], { debianPackage: 'zstd', input, maxBytes });
  return file.endsWith('.gz') ? gunzipSync(input, { maxOutputLength: maxBytes }) : input;
}
