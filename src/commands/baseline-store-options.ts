import type { Command } from 'commander';
import { type CacheOptions, withCacheDir } from './cache-dir.ts';
import type { CommandContext } from './context.ts';
import type { StorePlace } from './flows.ts';

export interface StoreOptions extends CacheOptions {
  store: string;
  json?: boolean;
}

/** Where the store is, for a flow. */
export const inStore = <T>(
  options: StoreOptions,
  context: CommandContext,
  use: (place: StorePlace) => Promise<T>,
): Promise<T> =>
  withCacheDir(options, context, (cacheDir) =>
    use({ store: options.store, directory: process.cwd(), cacheDir, log: context.log }),
  );

export const withStoreOptions = (command: Command): Command =>
  command
    .option('--store <store>', 'git (branch isogate-baselines of origin), git:BRANCH, or a directory', 'git')
    .option('--cache-dir <dir>', 'where work of git is done')
    .option('--json', 'print the result as JSON');
