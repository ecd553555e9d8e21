import { type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** One thing in a tree. `path` is relative to the root; `mode` is what the file has, permission bits only. */
export type TreeEntry =
  | { kind: 'directory'; path: string; mode: number }
  | { kind: 'file'; path: string; mode: number; size: number }
  | { kind: 'link'; path: string; target: string }
  | { kind: 'other'; path: string };

export interface TreeOptions {
  /** Whether an entry is left out, with everything below it. */
  exclude?: (name: string, path: string, isDirectory: boolean) => boolean;
  /** Called with each entry as it is found; may throw to stop, and leaves the entry out by answering `false`. */
  onEntry?: (entry: TreeEntry) => unknown;
}

/** Everything below `root`, parents first, siblings by name in byte order; links are not followed. */
export function listTree(root: string, options: TreeOptions = {}): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const pending = [''];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const below: string[] = [];
    for (const child of readdirSync(join(root, directory), { withFileTypes: true }).sort(byName)) {
      const path = directory === '' ? child.name : `${directory}/${child.name}`;
      if (options.exclude?.(child.name, path, child.isDirectory())) continue;
      const entry = readEntry(join(root, path), path);
      if (options.onEntry?.(entry) === false) continue;
      entries.push(entry);
      if (entry.kind === 'directory') below.push(path);
    }
    pending.push(...below.reverse());
  }
  return entries.sort((a, b) => compareBytes(a.path, b.path));
}

function readEntry(file: string, path: string): TreeEntry {
  const stat = lstatSync(file);
  const mode = stat.mode & 0o7777;
  if (stat.isDirectory()) return { kind: 'directory', path, mode };
  if (stat.isFile()) return { kind: 'file', path, mode, size: stat.size };
  if (stat.isSymbolicLink()) return { kind: 'link', path, target: readlinkSync(file) };
  return { kind: 'other', path };
}

const compareBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: Dirent, b: Dirent): number => compareBytes(a.name, b.name);
