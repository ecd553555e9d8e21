/** The built Action on each event that measures: real instances, a repository served as GitHub serves it, GitHub's API by its description. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeHostLock } from '../../src/host/host-lock.ts';
import {
  LONGEST_MS,
  NODES,
  type RunOptions,
  type RunResult,
  runAction,
  type Workspace,
} from '../support/action-run.ts';
import type { GitHttp } from '../support/git-http.ts';
import { git } from '../support/git-repo.ts';
import { type GithubServer, startGithubServer } from '../support/github-server.ts';
import { zipOf } from '../support/reported-run.ts';
import { serveRepository } from '../support/served-repository.ts';

const configOf = (budget: string, functions = ['sum']): string => `name: sums
functions:
${functions.map((name) => `  ${name}: { handler: sum.mjs#handler, events: [event.json] }`).join('\n')}
resources: { cpus: 1, memory: 256MiB }
isolations: { native: {}, bubblewrap: {} }
budgets:
  bubblewrap: { cold_start: ${budget} }
fail_on_base: true
measure: { time: 60s, min_blocks: 5, max_blocks: 12, invocations: 5, warmup: 1 }
`;
const token = 'ghs_0123456789abcdefghijklmnopqrstuvwxyz';
const [, [, node24] = ['', () => '']] = NODES;

let server: GithubServer;
let workspace: Workspace;
let remote: GitHttp;

beforeAll(async () => {
  // The base's budget holds; the change's own could not be kept.
  ({ workspace, remote } = await serveRepository(token, configOf('+60s'), configOf('0.5x')));
}, LONGEST_MS);

afterAll(async () => {
  await remote.close();
  workspace.remove();
});
beforeEach(async () => {
  server = await startGithubServer();
});
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

const out = (): string => join(workspace.directory, 'isogate-out');
const headerOf = (directory = out()) =>
  JSON.parse(readFileSync(join(directory, 'samples.jsonl'), 'utf8').split('\n')[0] ?? '');

const run = (options: Partial<RunOptions>): Promise<RunResult> =>
  runAction(workspace, server, {
    ...{ node: node24, ...options },
    env: { GITHUB_SERVER_URL: remote.url, GITHUB_REF: 'refs/heads/main', ...options.env },
  });

const pullAt = (sha: string, state: 'open' | 'closed' = 'open') =>
  server.pulls.push({
    ...{ number: 7, state, author: { login: 'eve', type: 'User' }, baseSha: workspace.base },
    head: { sha, branch: 'change', repository: 'eve/thumbs' },
  });

describe('events', { timeout: LONGEST_MS }, () => {
  it('merge_group: the base’s configuration decides, the check is on the group’s head, nothing is commented on', async () => {
    git(workspace.directory, 'checkout', '--quiet', workspace.head);
    const { code, log, summary } = await run({ event: 'merge_group', env: { GITHUB_SHA: workspace.head } });
    git(workspace.directory, 'checkout', '--quiet', workspace.merge);
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(server.checks).toMatchObject([{ head_sha: workspace.head, status: 'completed', conclusion: 'success' }]);
    expect(server.comments).toEqual([]);
    expect(summary).toContain('config-changed');
    expect(headerOf().change).toMatchObject({ head: workspace.head, base: workspace.base });
    expect(server.requests).toEqual([
      'POST /repos/{owner}/{repo}/check-runs',
      // Whether the name is another configuration's, what decided before, and once more before it is completed.
      ...Array.from({ length: 3 }, () => 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs'),
      'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}',
    ]);
  });

  it.each(['push', 'schedule'])('%s: the commit’s own configuration, and a check on it', async (event) => {
    const { code, log } = await run({ event });
    expect({ code, log }).toMatchObject({ code: 1 });
    expect(server.checks).toMatchObject([{ head_sha: workspace.merge, conclusion: 'failure' }]);
    expect(server.checks[0]?.output?.annotations).toMatchObject([
      { path: 'sum.mjs', start_line: 1, annotation_level: 'failure' },
    ]);
    expect(log).toMatch(/^sum\.mjs:1: /m);
    expect(log).not.toContain('::error');
    expect(server.comments).toEqual([]);
  });

  it('workflow_dispatch with a number and its commit: a fork’s, read and approved, on its own pull request', async () => {
    pullAt(workspace.head);
    git(workspace.directory, 'checkout', '--quiet', workspace.head);
    const { code, log } = await run({
      event: 'workflow_dispatch',
      inputs: { 'pull-request': '7', 'head-sha': workspace.head },
    });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(server.comments).toMatchObject([{ issue: 7 }]);
    expect(server.checks).toMatchObject([{ head_sha: workspace.head, conclusion: 'success' }]);
    git(workspace.directory, 'checkout', '--quiet', workspace.merge);
  });

  it.each<[string, string, 'open' | 'closed', number, string]>([
    ['whose head has moved', 'e'.repeat(40), 'open', 3, `and its head is ${'e'.repeat(40)} now: nothing of it was run`],
    ['that is closed', '', 'closed', 3, 'pull request #7 is closed: not measured'],
    ['that is not checked out', '', 'open', 4, 'was approved, and '],
  ])('workflow_dispatch of a pull request %s is refused', async (_name, head, state, exit, message) => {
    pullAt(head || workspace.head, state);
    const inputs = { 'pull-request': '7', 'head-sha': workspace.head };
    const { code, log } = await run({ event: 'workflow_dispatch', inputs });
    expect({ code, log }).toMatchObject({ code: exit, log: expect.stringContaining(message) });
    expect([server.checks, server.comments]).toEqual([[], []]);
  });

  it('approves nothing on other events: exit 4', async () => {
    const { code, log } = await run({ inputs: { 'pull-request': '7', 'head-sha': workspace.head } });
    expect({ code, log }).toMatchObject({ code: 4, log: expect.stringContaining('only on workflow_dispatch') });
  });
});

describe('mode measure', { timeout: LONGEST_MS }, () => {
  it('measures a fork’s code where the workflow says so, and writes nothing', async () => {
    const { code, log, outputs } = await run({
      eventFile: 'pull_request-fork',
      inputs: { mode: 'measure', forks: 'measure' },
      env: { GITHUB_RUN_ID: '98' },
    });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(outputs).toMatchObject({ verdict: 'pass' });
    expect(server.requests).toEqual([]);
  });

  it('mode publish makes a comment and a check of what it left', async () => {
    pullAt(workspace.head);
    server.runs.push({
      ...{ id: 98, path: '.github/workflows/measure.yml', event: 'pull_request', attempt: 1 },
      ...{ headSha: workspace.head, headBranch: 'change', headRepository: 'eve/thumbs' },
    });
    const archive = await zipOf({ 'samples.jsonl': readFileSync(join(out(), 'samples.jsonl')) });
    server.artifacts.push({
      ...{ id: 5, runId: 98, name: 'isogate', archive, createdAt: '2026-01-02T03:04:05Z', expired: false },
    });
    const { code, log } = await run({
      event: 'workflow_run',
      inputs: { mode: 'publish', workflow: '.github/workflows/measure.yml', out: 'published' },
    });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(server.checks).toMatchObject([{ head_sha: workspace.head, conclusion: 'success' }]);
    expect(server.comments[0]?.body).toMatch(/Reported by untrusted code[\s\S]*### ✅ Isogate sums: pass/);
    // What was measured is what is decided on: the base's latency beside the head's, in the same blocks.
    expect(server.comments[0]?.body).toContain('the base’s arms ran in the same blocks');
    rmSync(join(workspace.directory, 'published'), { recursive: true });
  });

  it('does not unless it says so: exit 3', async () => {
    const { code, log } = await run({ eventFile: 'pull_request-fork', inputs: { mode: 'measure' } });
    expect({ code, log }).toMatchObject({ code: 3, log: expect.stringContaining('its code was not run') });
    expect(server.requests).toEqual([]);
  });
});

describe.sequential('several jobs and attempts', { timeout: LONGEST_MS }, () => {
  // Beside the checkout while functions are measured: what lies in it is in their images.
  const part = (name: string): string => join(dirname(workspace.directory), 'parts', name);
  const merge = async (): Promise<RunResult> => {
    cpSync(dirname(part('sum')), join(workspace.directory, 'parts'), { recursive: true });
    return run({ inputs: { mode: 'merge', out: 'parts' } });
  };
  afterEach(() => rmSync(join(workspace.directory, 'parts'), { recursive: true, force: true }));
  let samples = '';
  const first = { workspace: undefined as Workspace | undefined, remote: undefined as GitHttp | undefined };
  beforeAll(async () => {
    Object.assign(first, { workspace, remote });
    ({ workspace, remote } = await serveRepository(
      token,
      configOf('+60s', ['sum', 'add']),
      configOf('0.5x', ['sum', 'add']),
    ));
  });
  afterAll(async () => {
    await remote.close();
    workspace.remove();
    if (first.workspace && first.remote) ({ workspace, remote } = { workspace: first.workspace, remote: first.remote });
  });

  it('each part measures functions of its own', async () => {
    mkdirSync(dirname(part('sum')));
    for (const name of ['sum', 'add']) {
      const { code, log } = await run({ inputs: { mode: 'measure', functions: name } });
      expect({ code, log }).toMatchObject({ code: 0 });
      renameSync(out(), part(name));
    }
    samples = readFileSync(join(part('sum'), 'samples.jsonl'), 'utf8');
  });

  it('mode merge decides on all of them, and publishes', async () => {
    const { code, log, outputs } = await merge();
    expect({ code, log }).toMatchObject({ code: 0 });
    const { comparisons } = JSON.parse(readFileSync(outputs['verdict-path'] ?? '', 'utf8'));
    expect(comparisons.map((one: { function: string; verdict: string }) => [one.function, one.verdict])).toEqual([
      ['sum', 'pass'],
      ['add', 'pass'],
    ]);
    expect(server.comments).toMatchObject([{ issue: 7 }]);
    expect(server.checks).toMatchObject([{ conclusion: 'success' }]);
    expect(Object.keys(headerOf(join(workspace.directory, 'parts')).config.functions)).toEqual(['sum', 'add']);
  });

  it('a part that is missing is not measured, not green: exit 3', async () => {
    rmSync(part('add'), { recursive: true });
    const { code, log } = await merge();
    expect({ code, log }).toMatchObject({ code: 3 });
    expect(server.checks).toMatchObject([{ conclusion: 'failure' }]);
  });

  it('a re-run does not believe samples that were edited: it measures, and says so', async () => {
    const edited = samples.replaceAll('"isolation":"bubblewrap"', '"isolation":"bubblewrap" ');
    server.artifacts.push({
      ...{ id: 5, runId: 99, name: 'isogate', createdAt: '2026-01-02T03:04:05Z', expired: false },
      archive: await zipOf({ 'samples.jsonl': edited }),
    });
    const { code, log, summary } = await run({
      inputs: { mode: 'measure', functions: 'sum' },
      env: { GITHUB_RUN_ATTEMPT: '2' },
    });
    expect({ code, log }).toMatchObject({ code: 0, log: expect.stringContaining('decided after') });
    expect(headerOf()).toMatchObject({ attempt: 2, unseenAttempts: 1 });
    expect(summary).toContain('so they were changed after they were measured');
  });

  it('a re-run carries on from what the attempt before has uploaded', async () => {
    const archive = await zipOf({ 'samples.jsonl': samples });
    server.artifacts.push({
      ...{ id: 5, runId: 99, name: 'isogate', archive, createdAt: '2026-01-02T03:04:05Z', expired: false },
    });
    // What is decided needs no turn on the machine.
    const lock = await takeHostLock(() => {}, new AbortController().signal);
    const { code, log, summary } = await run({
      inputs: { mode: 'measure', functions: 'sum' },
      env: { GITHUB_RUN_ATTEMPT: '2' },
    }).finally(() => lock.release());
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(log).not.toContain('waiting for its lock');
    expect(log).toContain('everything was decided in an earlier attempt, so nothing is measured');
    expect(headerOf()).toMatchObject({ attempt: 2 });
    expect(headerOf()).not.toHaveProperty('unseenAttempts');
    expect(summary).not.toContain('attempt-alone');
  });

  it.each([
    ['none', null, 'the run has no artifact called isogate'],
    ['one of another machine', /("sealedBy":")\w+/, 'they were sealed on another machine, whose key this one has not'],
  ])('with %s it measures anew, and says so', async (_name, forged, message) => {
    if (forged !== null)
      server.artifacts.push({
        ...{ id: 5, runId: 99, name: 'isogate', createdAt: '2026-01-02T03:04:05Z', expired: false },
        archive: await zipOf({ 'samples.jsonl': samples.replace(forged, '$10123456789abcdef') }),
      });
    const { code, log, summary } = await run({
      inputs: { mode: 'measure', functions: 'sum' },
      env: { GITHUB_RUN_ATTEMPT: '2' },
    });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(summary).toContain('**attempt-alone**');
    expect(headerOf()).toMatchObject({ attempt: 2, unseenAttempts: 1, looks: { alphaPass: expect.closeTo(0.001, 6) } });
    expect(summary).toContain(message);
  });
});

describe('a new run of a commit that failed', { timeout: 2 * LONGEST_MS }, () => {
  it('carries on from the failed one by what that sealed, and says the same at once', async () => {
    const strict = await serveRepository(token, configOf('0.5x'), configOf('0.5x'));
    try {
      const gate = (runId: string): Promise<RunResult> =>
        runAction(strict.workspace, server, {
          node: node24,
          env: { GITHUB_SERVER_URL: strict.remote.url, GITHUB_RUN_ID: runId },
        });
      const first = await gate('99');
      expect({ code: first.code, log: first.log }).toMatchObject({ code: 1 });
      const samples = readFileSync(join(strict.workspace.directory, 'isogate-out/samples.jsonl'));
      server.artifacts.push({
        ...{ id: 5, runId: 99, name: 'isogate', createdAt: '2026-01-02T03:04:05Z', expired: false },
        archive: await zipOf({ 'samples.jsonl': samples }),
      });
      const second = await gate('100');
      expect({ code: second.code, log: second.log }).toMatchObject({ code: 1 });
      expect(second.log).toContain('everything was decided in an earlier attempt, so nothing is measured');
      expect(headerOf(join(strict.workspace.directory, 'isogate-out'))).toMatchObject({
        ...{
          attempt: 2,
          workflow: { repository: 'acme/thumbs', run: 100, attempt: 1, pullRequest: 7, baseRef: 'main' },
        },
      });
      expect(server.checks.map(({ external_id }) => /run=.*/.exec(external_id ?? '')?.[0])).toEqual([
        'run=99 attempt=1 own=fail as=failure',
        'run=100 attempt=1 own=fail as=failure',
      ]);
    } finally {
      await strict.remote.close();
      strict.workspace.remove();
    }
  });
});

describe('a job that is killed', { timeout: LONGEST_MS }, () => {
  it('has its check ended by the post step, red', async () => {
    const { code, state } = await run({
      onStart(child) {
        // The check and the state of the step are written by then.
        child.stdout?.on('data', (chunk: Buffer) => {
          if (chunk.includes('::group::Isogate: run and decide')) child.kill('SIGKILL');
        });
      },
    });
    expect(code).toBe(null);
    expect(server.checks).toMatchObject([{ status: 'in_progress', conclusion: null }]);
    const post = await run({ script: 'post.js', state });
    expect({ code: post.code, log: post.log }).toMatchObject({ code: 0 });
    expect(server.checks).toMatchObject([
      {
        ...{ status: 'completed', conclusion: 'failure' },
        output: { title: 'not measured: the job ended before there was a verdict' },
      },
    ]);
  });
});
