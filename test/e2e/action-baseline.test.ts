/** The built Action over a repository that is served as GitHub serves it: stored baselines, and the base beside the head. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createWorkspace,
  LONGEST_MS,
  NODES,
  type RunOptions,
  runAction,
  type Workspace,
} from '../support/action-run.ts';
import { type GitHttp, serveGit } from '../support/git-http.ts';
import { git } from '../support/git-repo.ts';
import { type GithubServer, startGithubServer } from '../support/github-server.ts';

const config = (words: string): string => `# ${words}
name: sums
functions:
  sum: { handler: sum.mjs#handler, events: [event.json] }
resources: { cpus: 1, memory: 256MiB }
isolations: { native: {}, bubblewrap: {} }
budgets:
  bubblewrap: { cold_start: +60s }
regression: { cold_start: +60s }
measure: { time: 60s, min_blocks: 5, max_blocks: 12, invocations: 5, warmup: 1 }
`;

let server: GithubServer;
let workspace: Workspace;
let remote: GitHttp;
let origin: string;
const [, [, node24] = ['', () => '']] = NODES;

beforeAll(async () => {
  server = await startGithubServer();
  workspace = createWorkspace(config('one'), config('two'), 1);
  const root = dirname(workspace.directory);
  origin = join(root, 'origin');
  git(origin, 'config', 'http.receivepack', 'true');
  git(origin, 'config', 'uploadpack.allowFilter', 'true');
  mkdirSync(join(root, 'acme'));
  symlinkSync(join(origin, '.git'), join(root, 'acme/thumbs'));
  remote = await serveGit(root, server.token);
}, LONGEST_MS);
afterAll(async () => {
  await remote.close();
  expect(server.violations).toEqual([]);
  await server.close();
  workspace.remove();
});

const run = (options: Partial<RunOptions>) =>
  runAction(workspace, server, {
    node: node24,
    ...options,
    inputs: { baseline: 'git', ...options.inputs },
    env: { GITHUB_SERVER_URL: remote.url, GITHUB_REF: 'refs/heads/main', ...options.env },
  });
const header = () =>
  JSON.parse(readFileSync(join(workspace.directory, 'isogate-out/samples.jsonl'), 'utf8').split('\n')[0] ?? '');
const branches = () => git(origin, 'for-each-ref', '--format=%(refname:short)');

describe.sequential('on a repository', () => {
  it('a first run of the default branch says how the baseline will come to be', { timeout: LONGEST_MS }, async () => {
    const { code, log, summary } = await run({ event: 'push' });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(summary).toContain('no\\-baseline\\-branch'.replaceAll('\\', ''));
    expect(summary).toContain('the branch isogate-baselines of acme/thumbs is not there yet');
    expect(header()).toMatchObject({ commit: workspace.merge, baseline: [] });
  });

  it.each([
    [
      'a pull request',
      { event: 'pull_request' },
      'mode baseline on pull_request: accepted: push, schedule, workflow_dispatch',
    ],
    ['another branch', { event: 'push', env: { GITHUB_REF: 'refs/heads/x' } }, 'accepted: refs/heads/main'],
  ])('%s records nothing: exit 4', async (_, options, message) => {
    const { code, log } = await run({ ...options, inputs: { mode: 'baseline' } });
    expect({ code, log }).toMatchObject({ code: 4, log: expect.stringContaining(message) });
    expect(branches()).not.toContain('isogate-baselines');
  });

  it('a commit that was not measured is not recorded as if it had been: exit 4', async () => {
    const { code, log } = await run({
      event: 'push',
      inputs: { mode: 'baseline' },
      env: { GITHUB_SHA: workspace.base },
    });
    expect(code).toBe(4);
    expect(log).toContain(`--commit ${workspace.base}: `);
    expect(log).toContain(`was measured at ${workspace.merge}`);
  });

  it('a job of the default branch records it, with the token, once', async () => {
    const first = await run({ event: 'push', inputs: { mode: 'baseline' } });
    expect({ code: first.code, log: first.log }).toMatchObject({ code: 0 });
    expect(first.log).toMatch(/run \S+ of [0-9a-f]{12} added to the branch isogate-baselines of acme\/thumbs/);
    expect(branches().split('\n')).toContain('isogate-baselines');
    const again = await run({ event: 'push', inputs: { mode: 'baseline' } });
    expect(again.log).toContain('is in the branch isogate-baselines of acme/thumbs already');
    expect(remote.requests.filter((line) => line.endsWith('without the token'))).toEqual([]);
  });

  it('a pull request in a checkout of depth 1 is measured beside its base, which is fetched', {
    timeout: LONGEST_MS,
  }, async () => {
    // No handler could answer this: the base's event is what both revisions are asked.
    writeFileSync(join(workspace.directory, 'event.json'), '{"values":null}');
    const { code, log, summary } = await run({
      event: 'pull_request',
      env: { GITHUB_REF: 'refs/pull/7/merge' },
    });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(header().change).toMatchObject({
      ...{ head: workspace.head, base: workspace.base, basis: 'merge-parent' },
      functions: { sum: { state: 'beside' } },
    });
    expect(header().baseline).toEqual([]);
    expect(summary).toContain(
      `Head \`${workspace.head.slice(0, 12)}\` against base \`${workspace.base.slice(0, 12)}\`, the first parent`,
    );
    expect(summary).toContain('config-changed');
    expect(log.replace(`::add-mask::${server.token}`, '')).not.toContain(server.token);
    expect(log).not.toContain(Buffer.from(`x-access-token:${server.token}`).toString('base64'));
    const recorded = await run({ event: 'push', inputs: { mode: 'baseline' } });
    expect(recorded.code).toBe(0);
    expect(recorded.log).toContain('::notice title=Not recorded as a baseline::');
    expect(recorded.log).toContain('this run measured a change');
  });
});
