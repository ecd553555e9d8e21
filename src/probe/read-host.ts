/** The kernel's own files on this host, read below a root, so that any machine's can be put in their place. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface HostFiles {
  /** Trimmed; empty where it is missing or unreadable. */
  text(path: string): Promise<string>;
  /** Names in a directory, in order; empty where it is missing. */
  names(path: string): Promise<string[]>;
}

export const hostFiles = (root = '/'): HostFiles => ({
  text: async (path) => (await readFile(join(root, path), 'utf8').catch(() => '')).trim(),
  names: async (path) => (await readdir(join(root, path)).catch(() => [] as string[])).sort(),
});
