/** The built program: how soon it answers, and how large it is. */

import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** @returns milliseconds from spawn to exit */
export function runNode(args: string[]): number {
  const startedMs = performance.now();
  const { status, error } = spawnSync(process.execPath, args, { stdio: 'ignore', timeout: 30_000 });
  const elapsedMs = performance.now() - startedMs;
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${error?.message ?? `code ${status}`}`);
  return elapsedMs;
}

/** Sum of all files' bytes. */
export function treeBytes(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const stat = statSync(join(directory, entry));
    if (stat.isFile()) bytes += stat.size;
  }
  return bytes;
}
