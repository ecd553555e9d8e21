import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const KEEP_MS = 14 * 24 * 3600e3;

/** Removes what no run has used for two weeks. Only under the host's lock: nobody else is about to use an entry. */
export async function pruneCache(cacheDir: string, log: (line: string) => void, nowMs = Date.now()): Promise<void> {
  let removed = 0;
  for (const kind of await readdir(cacheDir).catch(() => [])) {
    for (const name of await readdir(join(cacheDir, kind)).catch(() => [])) {
      const place = join(cacheDir, kind, name);
      const used = await stat(join(place, 'digest')).catch(() => null);
      if (used === null || nowMs - used.mtimeMs < KEEP_MS) continue;
      await rm(place, { recursive: true, force: true });
      removed += 1;
    }
  }
  if (removed > 0) log(`cache: removed ${removed} entries that were not used for two weeks`);
}
