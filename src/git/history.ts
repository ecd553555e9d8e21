import type { GitReader, GitRemote, GitRepository } from '../model/git.ts';

/** Of a longer history only the newest commits are looked at: records beyond them are no baseline for today's. */
const MAX_COMMITS = 15_000;

const isComplete = async (git: GitReader, commits: string[]): Promise<boolean> => {
  const shallow = await git(['rev-parse', '--is-shallow-repository']);
  if (shallow?.toString().trim() !== 'false') return false;
  const known = await Promise.all(commits.map((one) => git(['cat-file', '-e', `${one}^{commit}`])));
  return known.every((one) => one !== null);
};

/** Commits and how they follow each other. */
export interface History {
  mergeBase(a: string, b: string): Promise<string | null>;
  /** Nearest first, the commit itself before all others: along the first parents, then what was merged. */
  ancestors(commit: string): Promise<string[]>;
}

const historyBy = (run: (args: string[]) => Promise<Buffer | null>): History => ({
  async mergeBase(a, b) {
    return (await run(['merge-base', a, b]))?.toString().trim() || null;
  },
  async ancestors(commit) {
    const list = async (...ways: string[]) =>
      (await run(['rev-list', `--max-count=${MAX_COMMITS}`, ...ways, commit, '--']))?.toString().split('\n') ?? [];
    const all = [...(await list('--first-parent')), ...(await list('--topo-order'))];
    return [...new Set(all)].filter((line) => line !== '');
  },
});

/**
 * The history that `commits` have: the checkout's where it is whole, else fetched from the remote, commits without any file.
 * @param open an empty repository of our own, asked for only where something is fetched
 * @throws Error with git's message where the remote does not give them
 */
export async function readHistory(
  checkout: GitReader,
  commits: string[],
  remote: GitRemote | null,
  open: () => Promise<GitRepository>,
): Promise<History> {
  if (await isComplete(checkout, commits)) return historyBy(checkout);
  if (remote === null)
    throw new Error('this checkout is shallow and has no remote to fetch from; give actions/checkout fetch-depth: 0');
  const own = await open();
  // As a named remote: a fetch with a filter leaves objects out, and git wants to know who promised them.
  await own.run(['config', 'remote.origin.url', remote.url]);
  await own.run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--filter=tree:0', 'origin', ...commits]);
  return historyBy((args) => own.run(args).catch(() => null));
}
