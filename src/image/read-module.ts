import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { runTool } from './run-tool.ts';

/** A kernel module's ELF file; distributions compress them by xz, zstd or gzip, and guests have no decompressor. */
export async function readModule(file: string): Promise<Buffer> {
  const bytes = readFileSync(file);
  if (file.endsWith('.xz')) return runTool('xz', ['-dc'], { debianPackage: 'xz-utils', input: bytes });
  if (file.endsWith('.zst')) return runTool('zstd', ['-dc'], { debianPackage: 'zstd', input: bytes });
  return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}
