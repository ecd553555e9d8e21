import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Empties a directory that results are written to: what is in it came with a checkout or is of another run, and whoever
 * uploads the directory afterwards would take it for this run's. Links in it are removed, not followed.
 * @param names only these; null for everything
 */
export async function clearDirectory(directory: string, names: readonly string[] | null): Promise<void> {
  const found = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of found)
    if (names === null || names.includes(name)) await rm(join(directory, name), { recursive: true, force: true });
}
