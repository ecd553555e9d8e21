import { setTimeout } from 'node:timers/promises';
import type { BaselineStore } from '../model/baseline.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import type { GitRemote, GitRepository } from '../model/git.ts';
import { readBranch } from './branch-tree.ts';
import { commitRecords } from './commit-records.ts';

/** How long a writer tries again while others are faster. */
const PATIENCE_MS = 120_000;
const LONGEST_PAUSE_MS = 2000;

/** Git's own messages where another writer was faster. */
const isRace = (message: string): boolean =>
  /non-fast-forward|fetch first|cannot lock ref|failed to update ref|reference already exists|incorrect old value/i.test(
    message,
  );

export interface BranchStoreOptions {
  repository: GitRepository;
  remote: GitRemote;
  branch: string;
  /** What messages call the remote. */
  remoteName: string;
}

/**
 * JSON Lines on a branch of its own. Git's plumbing commands write it in a repository of our own, so that no work tree, index
 * or ref of anybody else is touched. A push that comes too late is made again on top of what the other writer left.
 */
export const openBranchStore = ({ repository, remote, branch, remoteName }: BranchStoreOptions): BaselineStore => {
  const { run } = repository;
  const ref = `refs/heads/${branch}`;
  const place = `the branch ${branch} of ${remoteName}`;

  /** Null where the branch is not there (yet). */
  const fetchTip = async (): Promise<string | null> => {
    const listed = (await run(['ls-remote', '--', remote.url, ref])).toString();
    const [tip] = listed.split('\t');
    if (listed.trim() === '' || tip === undefined) return null;
    await run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--depth=1', '--', remote.url, tip]);
    return tip;
  };

  return {
    place,
    async read(gate) {
      try {
        const tip = await fetchTip();
        if (tip !== null) return await readBranch(run, tip, gate);
        const message = `${place} is not there yet: the first run that is recorded (isogate baseline record) makes it`;
        return { records: [], pins: [], warnings: [{ code: 'no-baseline-branch', message }] };
      } catch (error) {
        const message = `${place} cannot be read, so nothing stored is compared with: ${messageOf(error)}`;
        return { records: [], pins: [], warnings: [{ code: 'baseline-unreachable', message }] };
      }
    },
    async append(entries) {
      const deadlineMs = performance.now() + PATIENCE_MS;
      for (let tries = 1; ; tries++) {
        try {
          const tip = await fetchTip();
          const { commit, ...counts } = await commitRecords(repository, tip, entries);
          if (commit !== null) await run(['push', '--quiet', '--', remote.url, `${commit}:${ref}`]);
          return counts;
        } catch (error) {
          if (error instanceof BadInputError) throw error;
          const what = messageOf(error);
          if (!isRace(what)) throw new BadInputError(`${place} cannot be written: ${what}${hintFor(what)}`);
          if (performance.now() > deadlineMs)
            throw new BadInputError(
              `${place} could not be written: other writers were faster ${tries} times in ${PATIENCE_MS / 1000} s; try again`,
            );
          await setTimeout(Math.random() * Math.min(LONGEST_PAUSE_MS, 50 * 2 ** Math.min(tries, 6)));
        }
      }
    },
  };
};

const hintFor = (message: string): string =>
  /403|denied|permission|not granted|protected|GH0|declined/i.test(message)
    ? '; the job needs permissions: contents: write, and the branch’s ruleset must let it pass'
    : '';
