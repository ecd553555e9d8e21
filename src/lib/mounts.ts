/** Mounts below a directory of ours, and those that killed processes left. */

import { readFile } from 'node:fs/promises';
import { isGoneHere } from './process-identity.ts';
import { askCommand } from './run-tool.ts';

const UMOUNT_MS = 10_000;
const UNFINISHED = /\/\.partial-([0-9a-f]{32}-\d+-\d+)-/;

/** In the order in which they were mounted; octal escapes stand for spaces and the like (proc_pid_mountinfo(5)). */
async function listMounts(): Promise<string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  return text
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((path) => path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))));
}

/** Unmounts what is mounted on a directory of ours and below it; what is still in use goes when it no longer is. */
export async function unmountBelow(directory: string): Promise<void> {
  const mounts = (await listMounts()).filter((path) => path === directory || path.startsWith(`${directory}/`));
  await unmountAll(mounts);
}

/**
 * Unmounts what processes that were killed had mounted in directories that they were filling (remove-tree.ts).
 * @returns how many
 */
export async function unmountLeftovers(): Promise<number> {
  const dead = (await listMounts()).filter((path) => isGoneHere(UNFINISHED.exec(path)?.[1] ?? ''));
  await unmountAll(dead);
  return dead.length;
}

async function unmountAll(mounts: string[]): Promise<void> {
  for (const mount of mounts.reverse()) await askCommand('umount', ['--lazy', mount], { timeoutMs: UMOUNT_MS });
}
