/** Bases of real repositories: whole and shallow checkouts, merge commits, hostile configuration, objects under false names. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BaseRequest } from '../../src/git/comparison-base.ts';
import { openRevisions, type Revisions } from '../../src/git/open-revisions.ts';
import { BadInputError } from '../../src/model/errors.ts';
import { envIn } from '../support/env.ts';
import { createRepo, type GitRepo, git } from '../support/git-repo.ts';

let root: string;
let cacheDir: string;
let origin: GitRepo;
const commits = { first: '', base: '', head: '', tip: '', merge: '' };

/** first ── base ── tip on main; head from base; GitHub's merge commit of tip and head. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'isogate-revisions-'));
  cacheDir = join(root, 'cache');
  origin = createRepo(join(root, 'origin'));
  origin.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  origin.git('config', 'uploadpack.allowFilter', 'true');
  commits.first = origin.commit({ 'fn/index.mjs': 'first' });
  commits.base = origin.commit({ 'fn/index.mjs': 'base' });
  origin.git('switch', '--quiet', '-c', 'change');
  commits.head = origin.commit({ 'fn/index.mjs': 'head' });
  origin.git('switch', '--quiet', 'main');
  commits.tip = origin.commit({ 'other.txt': 'tip' });
  origin.git('switch', '--quiet', '--detach');
  origin.git('merge', '--quiet', '--no-ff', '-m', 'merge', 'change');
  commits.merge = origin.git('rev-parse', 'HEAD');
  origin.git('switch', '--quiet', 'main');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function checkout(commit: string, { depth, remote = true }: { depth?: number; remote?: boolean } = {}): string {
  const directory = mkdtempSync(join(root, 'checkout-'));
  git(directory, 'init', '--quiet');
  if (remote) git(directory, 'remote', 'add', 'origin', `file://${origin.directory}`);
  const depths = depth === undefined ? [] : [`--depth=${depth}`];
  git(directory, 'fetch', '--quiet', ...depths, `file://${origin.directory}`, commit);
  git(directory, 'checkout', '--quiet', commit);
  return directory;
}

async function within<T>(
  workspace: string,
  base: BaseRequest | null,
  use: (revisions: Revisions, lines: string[]) => Promise<T>,
): Promise<T> {
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const revisions = await openRevisions({ workspace, base, remote: null }, { ...envIn(root), cacheDir, log });
  try {
    return await use(revisions, lines);
  } finally {
    await revisions.close();
    expect(readdirSync(join(cacheDir, 'git'))).toEqual([]);
  }
}
const pull = (tested: string): BaseRequest => ({
  ...{ kind: 'pull-request', tested, headSha: commits.head, baseSha: commits.tip },
});
const fileOf = async ({ baseTree }: Revisions) => readFileSync(join(await baseTree(), 'fn/index.mjs'), 'utf8');

describe.each([
  ['whole', undefined],
  ['of depth 2', 2],
  ['of depth 1', 1],
])('a checkout %s', (_, depth) => {
  it('of the merge commit: its first parent is the base', async () => {
    const workspace = checkout(commits.merge, depth === undefined ? {} : { depth });
    const before = [git(workspace, 'status', '--porcelain'), git(workspace, 'for-each-ref'), readdirSync(workspace)];
    await within(workspace, pull(commits.merge), async (revisions) => {
      expect(revisions.head).toBe(commits.head);
      expect(revisions.base).toEqual({ commit: commits.tip, basis: 'merge-parent', isTip: true });
      expect(revisions.problem).toBeNull();
      expect(await fileOf(revisions)).toBe('base');
      expect(existsSync(join(await revisions.baseTree(), 'other.txt'))).toBe(true);
      expect(await revisions.ancestors()).toEqual([commits.tip, commits.base, commits.first]);
      const reader = await revisions.readerOf(commits.tip);
      expect((await reader(['cat-file', 'blob', `${commits.tip}:other.txt`]))?.toString()).toBe('tip');
    });
    const after = [git(workspace, 'status', '--porcelain'), git(workspace, 'for-each-ref'), readdirSync(workspace)];
    expect(after).toEqual(before);
    expect(readdirSync(join(workspace, '.git'))).not.toContain('worktrees');
  });

  it('of the head itself: the base is where both parted', async () => {
    const workspace = checkout(commits.head, depth === undefined ? {} : { depth });
    await within(workspace, pull(commits.head), async (revisions) => {
      expect(revisions.base).toEqual({ commit: commits.base, basis: 'merge-base', isTip: false });
      expect(await fileOf(revisions)).toBe('base');
      expect(existsSync(join(await revisions.baseTree(), 'other.txt'))).toBe(false);
      expect(await revisions.ancestors()).toEqual([commits.base, commits.first]);
    });
  });
});

it('what cannot be fetched is a problem that is told, not the end of the run', async () => {
  const workspace = checkout(commits.head, { depth: 1, remote: false });
  await within(workspace, pull(commits.head), async ({ base, problem, head }) => {
    expect([base, head]).toEqual([null, commits.head]);
    expect(problem).toBe(
      `the merge base of ${commits.head} and ${commits.tip} could not be looked up: this checkout is shallow and has no remote to fetch from; give actions/checkout fetch-depth: 0, or the job permissions: contents: read so that the history can be fetched`,
    );
  });
});

it('a merge commit whose second parent is not the pull request’s head proves nothing', async () => {
  const workspace = checkout(commits.merge);
  const request = { ...pull(commits.merge), headSha: commits.base } as BaseRequest;
  await within(workspace, request, async ({ base }) => expect(base?.basis).toBe('merge-base'));
});

describe('a base by name', () => {
  it.each([
    ['main', 'base', 'merge-base'],
    ['HEAD~1', 'base', 'given'],
    ['HEAD~2', 'first', 'given'],
  ] as const)('%s is %s, %s', async (revision, commit, basis) => {
    const workspace = checkout(commits.head);
    git(workspace, 'branch', '--quiet', 'main', 'HEAD');
    git(workspace, 'fetch', '--quiet', 'origin', 'main:refs/heads/main', '--force');
    await within(workspace, { kind: 'given', revision }, async ({ base }) =>
      expect(base).toEqual({ commit: commits[commit], basis, isTip: basis === 'given' }),
    );
  });

  it.each([
    ['nowhere', '--base nowhere: no such commit in this repository'],
    ['--output=x', '--base --output=x: no such commit in this repository'],
  ])('%s is refused', async (revision, message) => {
    const workspace = checkout(commits.head);
    const opened = within(workspace, { kind: 'given', revision }, async () => null);
    await expect(opened).rejects.toThrow(BadInputError);
    await expect(opened).rejects.toThrow(message);
    expect(readdirSync(join(cacheDir, 'git'))).toEqual([]);
  });

  it('is refused outside of a repository', async () => {
    const directory = mkdtempSync(join(root, 'plain-'));
    const opened = within(directory, { kind: 'given', revision: 'main' }, async () => null);
    await expect(opened).rejects.toThrow('--base main: this is no git repository with a commit');
    await within(directory, null, async ({ head, base, ancestors }) =>
      expect([head, base, await ancestors()]).toEqual([null, null, []]),
    );
  });
});

it('nothing of the checkout’s configuration runs: no hook, no filter, no fsmonitor', async () => {
  const workspace = checkout(commits.merge);
  const witness = join(root, 'witness');
  const program = join(root, 'witness.sh');
  writeFileSync(program, `#!/bin/sh\necho "$0" >> ${witness}\ncat\n`, { mode: 0o755 });
  for (const hook of ['post-checkout', 'reference-transaction', 'pre-auto-gc'])
    writeFileSync(join(workspace, '.git/hooks', hook), `#!/bin/sh\necho ${hook} >> ${witness}\n`, { mode: 0o755 });
  for (const key of [
    'filter.x.smudge',
    'filter.x.process',
    'core.fsmonitor',
    'core.sshCommand',
    'uploadpack.packObjectsHook',
  ])
    git(workspace, 'config', key, program);
  writeFileSync(join(workspace, '.git/info/attributes'), '* filter=x\n');
  await within(workspace, pull(commits.merge), async (revisions) => expect(await fileOf(revisions)).toBe('base'));
  expect(existsSync(witness)).toBe(false);
});

it('a checkout that lacks files, as a partial clone does, does not ask its remote for them', async () => {
  const workspace = mkdtempSync(join(root, 'partial-'));
  git(root, 'clone', '--quiet', '--no-checkout', '--filter=blob:none', `file://${origin.directory}`, workspace);
  const witness = join(root, 'lazy-witness');
  const program = join(root, 'lazy-witness.sh');
  writeFileSync(program, `#!/bin/sh\necho asked >> ${witness}\nexec git-upload-pack "$@"\n`, { mode: 0o755 });
  git(workspace, 'config', 'remote.origin.uploadpack', program);
  await within(workspace, pull(commits.merge), async (revisions) => expect(await fileOf(revisions)).toBe('base'));
  expect(existsSync(witness)).toBe(false);
});

it('an object under a false name does not become the base', async () => {
  const workspace = checkout(commits.merge);
  git(workspace, 'remote', 'remove', 'origin');
  // So few objects are loose: git reads them without hashing them.
  const blob = git(workspace, 'rev-parse', `${commits.tip}:fn/index.mjs`);
  const loose = join(workspace, '.git/objects', blob.slice(0, 2), blob.slice(2));
  rmSync(loose);
  writeFileSync(loose, deflateSync(Buffer.from('blob 4\0evil')));
  expect(git(workspace, 'cat-file', 'blob', blob)).toBe('evil');
  await within(workspace, pull(commits.merge), async (revisions) => {
    await expect(fileOf(revisions)).rejects.toThrow(
      /^commit .* could be fetched neither from the checkout nor from its remote/,
    );
  });
});
