import { join } from 'node:path';
import type { Env } from '../../src/model/env.ts';

/** Directory of the built agent and language runtimes. */
export const GUEST_DIR = new URL('../../dist/guest/', import.meta.url).pathname;

/** What the steps of a flow are given, with a cache of its own below the directory. */
export const envIn = (directory: string, log: Env['log'] = () => {}): Env => ({
  log,
  signal: new AbortController().signal,
  cacheDir: join(directory, 'cache'),
  guestDir: GUEST_DIR,
  now: () => new Date(),
});
