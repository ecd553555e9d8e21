/** Real repositories: the branch, what else is in it, and who may write. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/baseline/open-store.ts';
import type { BaselineStore } from '../../src/model/baseline.ts';
import { record } from '../support/baseline-record.ts';
import { envIn } from '../support/env.ts';
import { serveGit } from '../support/git-http.ts';
import { createRepo, type GitRepo, git } from '../support/git-repo.ts';

let root: string;
let remote: string;
let checkout: GitRepo;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'isogate-branch-'));
  remote = join(root, 'acme/thumbs');
  git(root, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
  checkout = createRepo(join(root, 'checkout'));
  checkout.commit({ 'a.txt': 'a' });
  checkout.git('remote', 'add', 'origin', `file://${remote}`);
  checkout.git('push', '--quiet', 'origin', 'main');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function within<T>(
  use: (store: BaselineStore) => Promise<T>,
  store = 'git',
  workspace = checkout.directory,
): Promise<T> {
  const open = await openStore({ store, workspace, remote: null }, envIn(root));
  try {
    return await use(open.store);
  } finally {
    await open.close();
  }
}
const of = (...records: ReturnType<typeof record>[]) => ({ records, pins: [] });
const listing = (branch = 'isogate-baselines') => git(remote, 'ls-tree', '-r', '--name-only', branch).split('\n');

it('the first run makes the branch; each further one is a commit on it; nothing of the checkout is touched', async () => {
  checkout.git('config', 'core.hooksPath', '/nonexistent');
  const before = [
    checkout.git('status', '--porcelain'),
    checkout.git('for-each-ref'),
    checkout.git('rev-parse', 'HEAD'),
  ];
  await within(async (store) => {
    expect(store.place).toBe('the branch isogate-baselines of origin');
    expect(await store.read('api')).toMatchObject({ records: [], warnings: [{ code: 'no-baseline-branch' }] });
    expect(await store.append(of(record(), record({ isolation: 'gvisor' })))).toEqual({ added: 2, known: 0 });
    expect(await store.append(of(record({ runId: 'r2' }), record({ gate: 'other' })))).toEqual({ added: 2, known: 0 });
    expect(await store.append(of(record()))).toEqual({ added: 0, known: 1 });
  });
  expect(listing()).toEqual([
    ...['README.md', 'api/thumbnail/gvisor/17bceec4d518f81a.jsonl', 'api/thumbnail/runc/17bceec4d518f81a.jsonl'],
    'other/thumbnail/runc/17bceec4d518f81a.jsonl',
  ]);
  expect(git(remote, 'log', '--format=%an %s', 'isogate-baselines').split('\n')).toEqual([
    'isogate api, other: 2 added',
    'isogate api: 2 added',
  ]);
  const { records, warnings } = await within((store) => store.read('api'));
  expect(records.map((one) => `${one.isolation} ${one.runId}`)).toEqual(['gvisor r1', 'runc r1', 'runc r2']);
  expect(records[1]).toEqual(record());
  expect(warnings).toEqual([]);
  expect([
    checkout.git('status', '--porcelain'),
    checkout.git('for-each-ref'),
    checkout.git('rev-parse', 'HEAD'),
  ]).toEqual(before);
});

it('another branch by name', async () => {
  await within((store) => store.append(of(record())), 'git:perf/baselines');
  expect(listing('perf/baselines')).toContain('api/thumbnail/runc/17bceec4d518f81a.jsonl');
});

it.each(['git:', 'git:-x', 'git:a..b', 'git:a b', 'git:/x', 'git:x.lock'])('%s is no store', async (store) => {
  await expect(within(async () => null, store)).rejects.toThrow(
    `store ${JSON.stringify(store)}: no branch; accepted: git`,
  );
});

it('a checkout without a remote is told what is missing', async () => {
  checkout.git('remote', 'remove', 'origin');
  await expect(within(async () => null)).rejects.toThrow(
    `store git: ${checkout.directory} has no git remote called origin; accepted: a repository with one, or a directory as the store`,
  );
});

it('a remote that does not answer is a warning for readers and an error for writers', async () => {
  rmSync(remote, { recursive: true });
  await within(async (store) => {
    const { records, warnings } = await store.read('api');
    expect(records).toEqual([]);
    expect(warnings).toMatchObject([{ code: 'baseline-unreachable' }]);
    await expect(store.append(of(record()))).rejects.toThrow(
      /^the branch isogate-baselines of origin cannot be written: git ls-remote: fatal: /,
    );
  });
});

it('what others put on the branch is read around, and kept', async () => {
  await within((store) => store.append(of(record())));
  const work = join(root, 'work');
  git(root, 'clone', '--quiet', '--branch', 'isogate-baselines', remote, work);
  const file = 'api/thumbnail/runc/17bceec4d518f81a.jsonl';
  execFileSync('sh', [
    '-c',
    `cd '${work}' && printf 'not json\\n{"torn' >> ${file} && ln -s /etc/passwd api/link.jsonl`,
  ]);
  writeFileSync(join(work, 'api/huge.jsonl'), Buffer.alloc(33 * 2 ** 20, 0x20));
  git(work, 'add', '--all');
  git(work, 'commit', '--quiet', '-m', 'vandals');
  git(work, 'push', '--quiet', 'origin', 'HEAD:isogate-baselines');
  await within(async (store) => {
    await store.append(of(record({ runId: 'r2' })));
    const { records, warnings } = await store.read('api');
    expect(records.map(({ runId }) => runId)).toEqual(['r1', 'r2']);
    expect(warnings.map(({ code }) => code).sort()).toEqual(['baseline-file-large', 'baseline-lines-skipped']);
  });
  const text = git(remote, 'cat-file', 'blob', `isogate-baselines:${file}`).split('\n');
  expect(text.slice(-3, -1)).toEqual(['not json', '{"torn']);
  expect(listing()).toEqual(expect.arrayContaining(['api/link.jsonl', 'api/huge.jsonl', 'README.md']));
});

describe('over HTTP, with the job’s token', () => {
  it.each([
    [true, 'adds'],
    [false, 'says what is missing'],
  ])('leave to write: %s, %s', async (canWrite) => {
    const server = await serveGit(root, 'ghs_x', { canWrite });
    git(remote, 'config', 'http.receivepack', 'true');
    const authorization = `basic ${Buffer.from('x-access-token:ghs_x').toString('base64')}`;
    const open = await openStore(
      {
        store: 'git',
        workspace: checkout.directory,
        remote: { url: `${server.url}/acme/thumbs`, authorization },
      },
      envIn(root),
    );
    try {
      expect(open.store.place).toBe('the branch isogate-baselines of acme/thumbs');
      const appended = open.store.append(of(record()));
      if (canWrite) expect(await appended).toEqual({ added: 1, known: 0 });
      else
        await expect(appended).rejects.toThrow(
          /cannot be written: git push: .*403.*; the job needs permissions: contents: write, and the branch’s ruleset must let it pass$/,
        );
    } finally {
      await open.close();
      await server.close();
    }
  });
});
