import type { GitReader } from '../model/git.ts';

/** Where the checkout's remote `origin` is; null where it has none. */
export const originUrl = async (git: GitReader): Promise<string | null> =>
  (await git(['config', '--get', 'remote.origin.url']))?.toString().trim() || null;
