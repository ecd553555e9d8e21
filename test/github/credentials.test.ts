/** What a shallow checkout lacks is fetched as the job's token may: over real HTTP, from git's own server. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRevisions } from '../../src/git/open-revisions.ts';
import { makeRemote, takeSecrets } from '../../src/github/credentials.ts';
import { envIn } from '../support/env.ts';
import { type GitHttp, serveGit } from '../support/git-http.ts';
import { createRepo, type GitRepo, git } from '../support/git-repo.ts';

const TOKEN = 'ghs_example';
let root: string;
let server: GitHttp;
let origin: GitRepo;
const commits = { base: '', head: '' };

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'isogate-remote-'));
  origin = createRepo(join(root, 'acme/thumbs'));
  origin.git('config', 'uploadpack.allowFilter', 'true');
  commits.base = origin.commit({ 'a.txt': 'base' });
  commits.head = origin.commit({ 'a.txt': 'head' });
  server = await serveGit(root, TOKEN);
});
afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const contextOf = (serverUrl: string) => ({ serverUrl, owner: 'acme', repo: 'thumbs' });

it.each([
  ['https://github.com', 'https://github.com/acme/thumbs'],
  ['https://ghe.example.com/', 'https://ghe.example.com/acme/thumbs'],
])('of %s', (serverUrl, url) => {
  expect(makeRemote(contextOf(serverUrl), '')).toEqual({ url });
  expect(makeRemote(contextOf(serverUrl), 't')).toEqual({ url, authorization: 'basic eC1hY2Nlc3MtdG9rZW46dA==' });
});

it('there is none for a server that is no web server', () => {
  expect(makeRemote(contextOf('file:///etc'), TOKEN)).toBeNull();
});

it('the base of a checkout of depth 1 comes with the token, which no argument and no file holds', async () => {
  const workspace = mkdtempSync(join(root, 'checkout-'));
  git(workspace, 'init', '--quiet');
  git(workspace, 'fetch', '--quiet', '--depth=1', `file://${origin.directory}`, commits.head);
  git(workspace, 'checkout', '--quiet', commits.head);
  const cacheDir = join(root, 'cache');
  const revisions = await openRevisions(
    {
      workspace,
      base: { kind: 'pull-request', tested: commits.head, headSha: commits.head, baseSha: commits.base },
      remote: makeRemote(contextOf(server.url), TOKEN),
    },
    { ...envIn(root), cacheDir },
  );
  try {
    expect(revisions.base).toEqual({ commit: commits.base, basis: 'merge-base', isTip: true });
    expect(readFileSync(join(await revisions.baseTree(), 'a.txt'), 'utf8')).toBe('base');
    expect(server.requests.length).toBeGreaterThan(2);
    expect(server.requests.filter((line) => line.endsWith('without the token'))).toEqual([]);
    const login = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
    for (const secret of [TOKEN, login])
      expect(() => git(root, 'grep', '--no-index', '-rq', secret, cacheDir)).toThrow();
  } finally {
    await revisions.close();
  }
});

it('a wrong token is told, and nothing is asked of anybody', async () => {
  const workspace = mkdtempSync(join(root, 'checkout-'));
  git(workspace, 'init', '--quiet');
  git(workspace, 'fetch', '--quiet', '--depth=1', `file://${origin.directory}`, commits.head);
  git(workspace, 'checkout', '--quiet', commits.head);
  const revisions = await openRevisions(
    {
      workspace,
      base: { kind: 'pull-request', tested: commits.head, headSha: commits.head, baseSha: commits.base },
      remote: makeRemote(contextOf(server.url), 'wrong'),
    },
    envIn(root),
  );
  await revisions.close();
  expect(revisions.problem).toMatch(/^the merge base of .* could not be looked up: git fetch: fatal: /);
});

it('returns the token and leaves no credential behind', () => {
  const env: NodeJS.ProcessEnv = {
    'INPUT_GITHUB-TOKEN': ' ghs_secret ',
    GITHUB_TOKEN: 'ghs_secret',
    GH_TOKEN: 'ghs_secret',
    ACTIONS_RUNTIME_TOKEN: 'x',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'x',
    ACTIONS_CACHE_URL: 'x',
    INPUT_CONFIG: 'isogate.yml',
    GITHUB_OUTPUT: '/tmp/out',
    PATH: '/bin',
  };
  expect(takeSecrets(env)).toBe('ghs_secret');
  expect(env).toEqual({ INPUT_CONFIG: 'isogate.yml', GITHUB_OUTPUT: '/tmp/out', PATH: '/bin' });
  expect(takeSecrets(env)).toBe('');
});
