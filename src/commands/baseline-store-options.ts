import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
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

const CONFIG = 'isogate.yml';

/** The gate that is asked for, else the one of this directory's configuration. */
export const gateOf = async ({ gate }: { gate?: string }): Promise<string> => {
  if (gate !== undefined) return gate;
  if (!existsSync(CONFIG)) return 'isogate';
  return (await loadConfig(CONFIG, { checkPaths: false })).name;
};
