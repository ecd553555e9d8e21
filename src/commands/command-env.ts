import { mkdtemp, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { prepareDirectory } from '../lib/prepare-directory.ts';
import { closeCache } from '../lib/private-directory.ts';
import { ownIdentity } from '../lib/process-identity.ts';
import type { Env } from '../model/env.ts';
import { NotMeasurableError } from '../model/errors.ts';
import type { CommandContext } from './context.ts';

export interface CacheOptions {
  cacheDir?: string;
  fresh?: boolean;
}

/** Runs a flow with the cache directory that the options ask for. */
export const withEnv = <T>(
  options: CacheOptions,
  context: CommandContext,
  run: (env: Env) => Promise<T>,
  signal: AbortSignal = new AbortController().signal,
): Promise<T> => {
  const { log, guestDir } = context;
  return withCacheDir(options, context, (cacheDir) => run({ log, signal, cacheDir, guestDir, now: () => new Date() }));
};

/** The same with a signal that SIGINT and SIGTERM abort. */
export const withStoppableEnv = <T>(
  options: CacheOptions,
  context: CommandContext,
  run: (env: Env) => Promise<T>,
): Promise<T> => withStopSignal(context.log, (signal) => withEnv(options, context, run, signal));

/** Runs with the cache directory asked for; with `fresh` with an empty one inside it, which is removed afterwards. */
const withCacheDir = async <T>(
  options: CacheOptions,
  context: Pick<CommandContext, 'env' | 'isRoot'>,
  run: (cacheDir: string) => Promise<T>,
): Promise<T> => {
  const cacheDir = resolve(options.cacheDir ?? defaultCacheDir(context));
  if (!options.fresh) return run(cacheDir);
  await prepareDirectory('--cache-dir', cacheDir);
  await closeCache(cacheDir);
  const fresh = await mkdtemp(join(cacheDir, `fresh-${ownIdentity()}-`));
  try {
    return await run(fresh);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
};

/** For root a place that no function's user can write. */
const defaultCacheDir = ({ env, isRoot }: Pick<CommandContext, 'env' | 'isRoot'>): string =>
  isRoot ? '/var/cache/isogate' : join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'isogate');

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs with a signal that the first SIGINT or SIGTERM aborts, so that the run stops cleanly and decides on what it has; the
 * second ends the process at once with code 130, and the next run removes what is left.
 */
export const withStopSignal = async <T>(
  log: (line: string) => void,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    log(`${name}: stopping, then deciding on what was measured; once more to stop at once`);
    // Where nothing was measured yet, the user's stop is no fault of the program: exit code 3.
    controller.abort(new NotMeasurableError(`stopped by ${name}`));
  };
  for (const name of SIGNALS) process.on(name, stop);
  try {
    return await run(controller.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, stop);
  }
};
