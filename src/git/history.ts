import type { GitReader, GitRemote, GitRepository } from '../model/git.ts';
import { hasCommit } from './read-object.ts';

/** Only so many of the newest commits are looked at: older records are no baseline for what runs today. */
const MAX_COMMITS = 15_000;

const hasWholeHistory = async (git: GitReader, commits: string[]): Promise<boolean> => {
  const shallow = await git(['rev-parse', '--is-shallow-repository']);
  if (shallow?.toString().trim() !== 'false') return false;
  return (await Promise.all(commits.map((commit) => hasCommit(git, commit)))).every(Boolean);
};

/** Commits and how they follow each other. */
export interface History {
  mergeBase(a: string, b: string): Promise<string | null>;
  /** Nearest first: the commit itself, then its first parents back to the root, then the commits that were merged. */
  ancestors(commit: string): Promise<string[]>;
}

const openHistory = (run: (args: string[]) => Promise<Buffer | null>): History => ({
  async mergeBase(a, b) {
    return (await run(['merge-base', a, b]))?.toString().trim() || null;
  },
  async ancestors(commit) {
    const list = async (...order: string[]) =>
      (await run(['rev-list', `--max-count=${MAX_COMMITS}`, ...order, commit, '--']))?.toString().split('\n') ?? [];
    const all = [...(await list('--first-parent')), ...(await list('--topo-order'))];
    return [...new Set(all)].filter((line) => line !== '');
  },
});

/**
 * The history of `commits`: that of the checkout where it is whole, else fetched from the remote without any file.
 * @param open makes an empty repository of our own; called only where something is fetched
 * @throws Error with git's message where the remote does not give the commits
 */
export async function readHistory(
  checkout: GitReader,
  commits: string[],
  remote: GitRemote | null,
  open: () => Promise<GitRepository>,
): Promise<History> {
  if (await hasWholeHistory(checkout, commits)) return openHistory(checkout);
  if (remote === null) throw new Error('this checkout is shallow and has no remote to fetch from');
  const own = await open();
  // As a named remote, because git notes for a filtered fetch which remote promises the objects that were left out.
  await own.run(['config', 'remote.origin.url', remote.url]);
  await own.run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--filter=tree:0', 'origin', ...commits]);
  return openHistory((args) => own.run(args).catch(() => null));
}
