import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { prepareDirectory } from '../lib/prepare-directory.ts';
import { ownIdentity } from '../lib/process-identity.ts';
import type { CommandContext } from './context.ts';

export interface CacheOptions {
  cacheDir?: string;
  fresh?: boolean;
}

/** Where images are kept between runs: for root a place that no function's user can write. */
const defaultCacheDir = (context: Pick<CommandContext, 'env' | 'isRoot'>): string =>
  context.isRoot ? '/var/cache/isogate' : join(context.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'isogate');

/** Runs with the cache directory asked for; with `fresh` with an empty one inside it, which is removed afterwards. */
export const withCacheDir = async <T>(
  options: CacheOptions,
  context: CommandContext,
  run: (cacheDir: string) => Promise<T>,
): Promise<T> => {
  const cacheDir = resolve(options.cacheDir ?? defaultCacheDir(context));
  if (!options.fresh) return run(cacheDir);
  await prepareDirectory('--cache-dir', cacheDir);
  const fresh = await mkdtemp(join(cacheDir, `fresh-${ownIdentity()}-`));
  try {
    // As open as a cache is: monitors of VMs read their disks as users of their own.
    await chmod(fresh, 0o755);
    return await run(fresh);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
};
