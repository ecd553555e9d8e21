import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, lstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { digestJson, sha256 } from '../../lib/digest.ts';
import { runTool } from '../../lib/run-tool.ts';
import { listTree, type TreeEntry } from './list-tree.ts';

const CHUNK_BYTES = 4 * 2 ** 20;
/**
 * After so many bytes or files the event loop gets its turn, so that signals are heard while a large tree is hashed.
 */
const BYTES_A_TURN = 32 * 2 ** 20;
const FILES_A_TURN = 256;

/**
 * `sha256:…` over sorted paths, types, modes, link targets and contents; times and owners do not count.
 * @param options.attributes for trees that somebody else made: owners, times of files, devices, which names are one
 *   file, and extended attributes count too
 * @param options.looseIn a path below which only the owner's part of a mode counts: what a checkout gives to group and
 *   others depends on the umask of whoever made it
 */
export async function digestTree(
  root: string,
  options: { attributes?: boolean; looseIn?: string } = {},
): Promise<string> {
  const entries = listTree(root);
  const within = `${options.looseIn}/`;
  const maskOf = ({ path }: TreeEntry): number => (options.looseIn && path.startsWith(within) ? 0o700 : 0o7777);
  const digest = await digestEntries(root, entries, maskOf);
  if (!options.attributes) return digest;
  const firstNames = new Map<string, string>();
  const lines = entries.map((entry) => describeAttributes(root, entry, maskOf(entry), firstNames));
  return digestJson([digest, sha256(lines.join('\n')), sha256(await readAttributes(root))]);
}

function describeAttributes(
  root: string,
  { kind, path }: TreeEntry,
  mask: number,
  firstNames: Map<string, string>,
): string {
  const stat = lstatSync(join(root, path));
  const inode = `${stat.dev}:${stat.ino}`;
  const first = kind === 'directory' ? path : (firstNames.get(inode) ?? path);
  firstNames.set(inode, first);
  const seconds = kind === 'file' ? Math.floor(stat.mtimeMs / 1000) : 0;
  const sameAs = first === path ? '' : first;
  const mode = stat.mode & (~0o7777 | mask);
  return JSON.stringify([path, mode, stat.uid, stat.gid, kind === 'other' ? stat.rdev : 0, seconds, sameAs]);
}

/** The same over a list of entries, so that what the list leaves out does not count. */
export async function digestEntries(
  root: string,
  entries: TreeEntry[],
  maskOf: (entry: TreeEntry) => number = () => 0o7777,
): Promise<string> {
  const hash = createHash('sha256');
  let files = 0;
  let bytes = 0;
  for (const entry of entries) {
    hash.update(`${entry.kind}\0${entry.path}\0`);
    if (entry.kind === 'link') hash.update(`${entry.target}\0`);
    if (entry.kind === 'directory') hash.update(`${(entry.mode & maskOf(entry)).toString(8)}\0`);
    if (entry.kind !== 'file') continue;
    hash.update(`${(entry.mode & maskOf(entry)).toString(8)}\0${digestFile(join(root, entry.path))}\0`);
    bytes += entry.size;
    if (++files % FILES_A_TURN === 0 || bytes > BYTES_A_TURN) {
      bytes = 0;
      await setImmediate();
    }
  }
  return `sha256:${hash.digest('hex')}`;
}

/** Hex SHA-256 of a regular file. A link in its place is refused, not followed. */
export function digestFile(file: string): string {
  const hash = createHash('sha256');
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    readInto(hash, fd);
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}

const chunk = Buffer.allocUnsafe(CHUNK_BYTES);

function readInto(hash: Hash, fd: number): void {
  for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk)) hash.update(chunk.subarray(0, read));
}

/** The attributes that an image keeps (unpack-tar.ts). */
const PATTERN = '^(user\\.|security\\.capability$)';

/** The extended attributes of a tree as text, by path and name in byte order; links are not followed. */
async function readAttributes(root: string): Promise<string> {
  const args = ['--recursive', '--physical', '--no-dereference', '--dump', '--encoding=hex', '--match', PATTERN];
  const dump = await runTool('getfattr', [...args, '--', '.'], { debianPackage: 'attr', cwd: root });
  return dump
    .toString('latin1')
    .split('\n\n')
    .map((block) => block.trim().split('\n'))
    .filter(([path = '']) => path !== '')
    .map(([path, ...values]) => [path, ...values.sort()].join('\n'))
    .sort()
    .join('\n\n');
}
