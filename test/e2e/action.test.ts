import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeMarker } from '../../src/github/upsert-comment.ts';
import {
  createWorkspace,
  LONGEST_MS,
  NODES,
  type RunOptions,
  type RunResult,
  runAction,
  type Workspace,
} from '../support/action-run.ts';
import { git } from '../support/git-repo.ts';
import { ACTIONS_BOT, type GithubServer, startGithubServer } from '../support/github-server.ts';

const MARKER = makeMarker({ key: 'sums', headSha: '0'.repeat(40), runId: 1, attempt: 1, rules: null });
const CREATE = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const [thisNode = () => '', node24 = () => ''] = NODES.map(([, path]) => path);

/** Small enough for a test: about ten blocks of three instances. */
const configOf = (budget: string): string => `name: sums
functions:
  sum: { handler: sum.mjs#handler, events: [event.json] }
resources: { cpus: 1, memory: 256MiB }
isolations: { native: {}, runc: {} }
budgets:
  runc: { cold_start: ${budget} }
measure: { time: 60s, min_blocks: 5, max_blocks: 12, invocations: 5, warmup: 1 }
`;
const GENEROUS = configOf('+60s');
/** The base breaks it as much: only so is it the change's. */
const IMPOSSIBLE = `${configOf('+1us')}fail_on_base: true\n`;

let server: GithubServer;
let workspace: Workspace | undefined;

beforeEach(async () => {
  server = await startGithubServer();
});

afterEach(async () => {
  workspace?.remove();
  workspace = undefined;
  expect(server.violations).toEqual([]);
  await server.close();
});

async function run(options: RunOptions): Promise<RunResult> {
  workspace ??= createWorkspace(GENEROUS);
  const result = await runAction(workspace, server, options);
  // The mask command is how the runner learns what to hide; nothing else may hold the token.
  expect(result.log.replace(`::add-mask::${server.token}`, '')).not.toContain(server.token);
  expect(result.summary).not.toContain(server.token);
  return result;
}

describe.each(NODES)('stopped before anything runs, on %s', (_name, node) => {
  it.each([
    ['a fork’s', 'pull_request-fork', 'the fork eve/thumbs'],
    ['Dependabot’s', 'pull_request-dependabot', 'Dependabot'],
  ])('%s pull request: exit 3, and how a maintainer has it measured', async (_name, eventFile, whose) => {
    const { code, log, summary, outputs } = await run({ node, eventFile });
    expect(code).toBe(3);
    expect(log).toContain(
      `\n::error title=Isogate did not run::pull request #7 comes from ${whose}: its code was not run`,
    );
    expect(summary).toContain('### 🚫 Isogate did not run');
    expect(summary).toContain(`-f pull-request=7 -f head-sha=${workspace?.head}`);
    expect(outputs).toEqual({
      verdict: 'not-measured',
      'exit-code': '3',
      'report-path': '',
      'samples-path': '',
      'verdict-path': '',
      'comment-url': '',
    });
    // A fork's token may not write; where it may, the check says the same.
    expect(server.checks).toMatchObject([
      { name: 'isogate / sums', head_sha: workspace?.head, status: 'completed', conclusion: 'failure' },
    ]);
    expect(server.comments).toEqual([]);
  });

  it('a configuration that is wrong: exit 4, one line that names the place', async () => {
    workspace = createWorkspace(GENEROUS.replace('+60s', '60s'));
    const { code, log, outputs } = await run({ node });
    expect(code).toBe(4);
    expect(log).toMatch(/^::error title=Isogate did not run::.*isogate\.yml:7: budgets\.runc\.cold_start: "60s"/m);
    expect(outputs).toMatchObject({ verdict: '', 'exit-code': '4' });
  });
});

it('lets a pull request’s own configuration decide nothing where the checkout lacks the base: exit 3', async () => {
  workspace = createWorkspace(IMPOSSIBLE, GENEROUS, 1);
  const { code, log, outputs } = await run({ node: thisNode });
  expect({ code, log }).toMatchObject({ code: 3 });
  expect(log).toContain(`::error title=Isogate did not run::the base commit ${workspace.base} is not in this checkout`);
  expect(log).toContain('fetch-depth: 2');
  expect(outputs).toMatchObject({ verdict: 'not-measured', 'exit-code': '3' });
  expect(server.checks).toMatchObject([{ conclusion: 'failure' }]);
});

it('is not measured where the history that tells the base cannot be had: exit 3, before anything is built', async () => {
  workspace = createWorkspace(GENEROUS);
  const { directory, head, base } = workspace;
  const origin = join(dirname(directory), 'origin');
  git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  rmSync(directory, { recursive: true });
  mkdirSync(directory);
  git(directory, 'init', '--quiet');
  // Both commits are there, and what lies between them is not.
  for (const commit of [base, head]) git(directory, 'fetch', '--quiet', '--depth=1', `file://${origin}`, commit);
  git(directory, 'checkout', '--quiet', head);
  const { code, log, outputs } = await run({ node: thisNode });
  expect({ code, log }).toMatchObject({ code: 3 });
  expect(log).toMatch(
    /^::error title=Isogate did not run::the base that this change is measured against could not be found: the merge base of [0-9a-f]{40} and [0-9a-f]{40} could not be looked up: .*fetch-depth: 0/m,
  );
  expect(log).not.toContain('probe · ');
  expect(outputs).toMatchObject({ verdict: 'not-measured', 'exit-code': '3' });
  expect(server.checks).toMatchObject([{ conclusion: 'failure' }]);
});

it('says in one sentence and at once that nothing is checked out: exit 4', async () => {
  workspace = createWorkspace(GENEROUS);
  rmSync(workspace.directory, { recursive: true });
  mkdirSync(workspace.directory);
  const { code, log } = await run({ node: thisNode });
  expect({ code, log }).toMatchObject({ code: 4 });
  expect(log.split('\n').filter((line) => line !== '' && !line.startsWith('::add-mask::'))).toEqual([
    `::error title=Isogate did not run::nothing is checked out in ${workspace.directory}: put a step with actions/checkout (with fetch-depth: 2) before this one, and name its path in working-directory where it has one`,
  ]);
});

it('writes nothing where a link of the pull request leads: exit 4', async () => {
  workspace = createWorkspace(GENEROUS);
  const elsewhere = mkdtempSync(join(tmpdir(), 'isogate-elsewhere-'));
  try {
    symlinkSync(elsewhere, join(workspace.directory, 'isogate-out'));
    const { code, log } = await run({ node: thisNode });
    expect({ code, log }).toMatchObject({ code: 4 });
    expect(log).toContain('input out: "isogate-out"; accepted: a path of which no part is a symbolic link');
    expect(readdirSync(elsewhere)).toEqual([]);
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

it('takes nothing that was in `out` for its own, however it ends: exit 3', async () => {
  workspace = createWorkspace(GENEROUS);
  const out = join(workspace.directory, 'isogate-out');
  mkdirSync(join(out, 'more'), { recursive: true });
  for (const name of ['samples.jsonl', 'more/samples.jsonl']) writeFileSync(join(out, name), 'committed');
  const { code, log } = await run({ node: thisNode, eventFile: 'pull_request-fork' });
  expect({ code, log }).toMatchObject({ code: 3 });
  expect(readdirSync(out)).toEqual([]);
});

it('removes of a directory that holds the checkout only what a run writes', async () => {
  workspace = createWorkspace(GENEROUS);
  writeFileSync(join(workspace.directory, 'samples.jsonl'), 'committed');
  const { code, log } = await run({ node: thisNode, eventFile: 'pull_request-fork', inputs: { out: '.' } });
  expect({ code, log }).toMatchObject({ code: 3 });
  expect(readdirSync(workspace.directory).sort()).toEqual([
    '.git',
    'changed.txt',
    'event.json',
    'isogate.yml',
    'sum.mjs',
  ]);
});

it('removes of the runner’s temporary directory only what a run writes', async () => {
  workspace = createWorkspace(GENEROUS);
  const temp = mkdtempSync(join(tmpdir(), 'isogate-temp-'));
  try {
    for (const name of ['samples.jsonl', 'set-by-the-runner']) writeFileSync(join(temp, name), '');
    const env = { RUNNER_TEMP: temp };
    const { code, log } = await run({ node: thisNode, eventFile: 'pull_request-fork', inputs: { out: temp }, env });
    expect({ code, log }).toMatchObject({ code: 3 });
    expect(readdirSync(temp)).toEqual(['set-by-the-runner']);
  } finally {
    rmSync(temp, { recursive: true });
  }
});

describe('inputs and events that are refused with exit 4', () => {
  it.each(['pull_request', 'push'])('an event file that is no JSON gives no stack: %s', async (event) => {
    workspace = createWorkspace(GENEROUS.replace('+60s', '60s'));
    const { code, log } = await run({
      node: thisNode,
      event,
      eventFile: 'pull_request',
      eventText: '{"pull_request":',
    });
    expect(log).not.toMatch(/^\s+at /m);
    expect({ code, log }).toMatchObject({ code: 4 });
    expect(log).toMatch(/^::error title=Isogate did not run::event file .*event\.json: /m);
  });

  it.each([
    [{ comment: 'sometimes' }, 'input comment: "sometimes"; accepted: always, on-change, on-fail, never'],
    [
      { 'time-budget': '20' },
      'input time-budget: "20"; accepted: a duration above zero such as 20m, 90s or 1h, or nothing',
    ],
    [
      { config: '../isogate.yml' },
      'input config: "../isogate.yml"; accepted: a path inside the workspace, relative to working-directory',
    ],
    [{ 'working-directory': '/etc' }, 'input working-directory: "/etc"; accepted: a directory inside the workspace'],
  ])('%j', async (inputs, message) => {
    const { code, log } = await run({ node: thisNode, inputs });
    expect(code).toBe(4);
    expect(log).toContain(`::error title=Isogate did not run::${message}`);
  });

  it('pull_request_target', async () => {
    const { code, log } = await run({ node: thisNode, event: 'pull_request_target', eventFile: 'pull_request' });
    expect(code).toBe(4);
    expect(log).toContain('event pull_request_target: refused, because it runs a pull request’s code');
  });
});

describe('a run that measures', { timeout: 2 * LONGEST_MS }, () => {
  it('fails by the base’s budget, whatever the pull request makes of it, after it has published', async () => {
    workspace = createWorkspace(IMPOSSIBLE, GENEROUS);
    const { code, log, summary, outputs } = await run({ node: node24 });
    expect({ code, log }).toMatchObject({ code: 1 });
    const [comment] = server.comments;
    expect(server.comments).toHaveLength(1);
    expect(comment).toMatchObject({ issue: 7, user: ACTIONS_BOT });
    expect(comment?.body).toMatch(
      /^<!-- isogate-report sums sha=[0-9a-f]{40} run=99 attempt=1 base=\w{16} path=\w{16} -->\n### ❌ Isogate sums: fail.*\n\n`sum` under `runc`: cold start overhead is \*\*\+\d+/,
    );
    expect(comment?.body).toContain(
      'this pull request changes isogate.yml; the base’s version decided. budgets.runc.cold\\_start: +1us → +60s',
    );
    expect(comment?.body).toContain(
      `Measured at ${workspace.head} in [this run](https://github.invalid/acme/thumbs/actions/runs/99) · [samples and full report](https://github.invalid/acme/thumbs/actions/runs/99#artifacts).`,
    );
    expect(summary).toContain('### ❌ Isogate sums: fail');
    expect(server.checks[0]?.output?.annotations).toMatchObject([
      { path: 'sum.mjs', start_line: 1, title: 'Isogate sums: sum under runc: cold start fail' },
    ]);
    // The check has it, so the job says it without another annotation.
    expect(log).toMatch(/^sum\.mjs:1: sum under runc: cold start overhead is .* Limit: budgets\.runc\.cold_start\.$/m);
    expect(log).not.toContain('::error');
    expect(outputs).toMatchObject({
      verdict: 'fail',
      'exit-code': '1',
      'comment-url': `https://github.com/acme/thumbs/pull/7#issuecomment-${comment?.id}`,
    });
    expect(JSON.parse(readFileSync(outputs['verdict-path'] ?? '', 'utf8'))).toMatchObject({
      verdict: 'fail',
      gate: 'sums',
    });
    const samples = readFileSync(outputs['samples-path'] ?? '', 'utf8');
    expect(samples).toContain('"isolation":"runc"');
    expect(samples).not.toContain(server.token);
    expect(readFileSync(outputs['report-path'] ?? '', 'utf8')).toContain('**config-changed**');
  });

  it.each(NODES)('passes on %s, and updates its own comment among 300 others', async (_name, node) => {
    server.addComment(7, { login: 'eve', type: 'User' }, `${MARKER}\nforged`);
    for (let i = 0; i < 298; i += 1) server.addComment(7, { login: 'mona', type: 'User' }, `comment ${i}`);
    const own = server.addComment(7, ACTIONS_BOT, `${MARKER}\nof the run before`);
    const { code, log, outputs } = await run({ node });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(outputs['verdict']).toBe('pass');
    expect(own.body).toContain('### ✅ Isogate sums: pass');
    expect(server.comments).toHaveLength(300);
    expect(server.comments[0]?.body).toBe(`${MARKER}\nforged`);
    expect(log).not.toContain('::error');
  });

  it('is decided by the base’s configuration also where the checkout has a path of its own', async () => {
    workspace = createWorkspace(IMPOSSIBLE, GENEROUS);
    const whole = { ...workspace, directory: dirname(workspace.directory) };
    const { code, log } = await runAction(whole, server, {
      node: thisNode,
      inputs: { 'working-directory': 'workspace' },
    });
    expect({ code, log }).toMatchObject({ code: 1 });
    expect(server.checks).toMatchObject([{ conclusion: 'failure' }]);
    expect(server.comments[0]?.body).not.toContain('Set-up report');
  });

  it('is a set-up report, neutral, where the base has no configuration yet', async () => {
    workspace = createWorkspace(null, IMPOSSIBLE);
    const { code, log, summary, outputs } = await run({ node: thisNode });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(outputs).toMatchObject({ verdict: 'fail', 'exit-code': '0' });
    expect(summary).toMatch(/^> \*\*Set-up report, nothing is enforced\*\*: .*\n\n### ❌ Isogate sums: fail/);
    expect(summary).toContain('**config-new**');
    expect(server.comments[0]?.body).toContain('> **Set-up report, nothing is enforced**');
    expect(server.checks[0]?.output?.annotations).toMatchObject([{ annotation_level: 'notice' }]);
    expect(log).not.toContain('::error');
  });

  it('keeps its verdict where the comment is forbidden, and reports in the job summary', async () => {
    server.fail(CREATE, { status: 403, message: 'Resource not accessible by integration' });
    const { code, log, summary, outputs } = await run({ node: thisNode });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(summary).toContain('### ✅ Isogate sums: pass');
    // What was refused is read before the report, and what is to be typed is code.
    expect(summary).toMatch(
      /^> No comment on the pull request: the token may not write comments.*`permissions: [^`]+`/,
    );
    expect(log).toMatch(/^::warning::No comment on the pull request: the token may not write comments[^`]*$/m);
    expect(outputs).toMatchObject({ verdict: 'pass', 'comment-url': '' });
  });

  it('makes no comment outside of pull requests, nor for a pass where only failures are wanted', async () => {
    expect((await run({ node: thisNode, event: 'push' })).code).toBe(0);
    expect((await run({ node: thisNode, inputs: { comment: 'on-fail' } })).code).toBe(0);
    expect(server.comments).toEqual([]);
  });
});

it.each(NODES)('the post step cleans up and is never red, on %s', async (_name, node) => {
  const { code, log } = await run({ node, script: 'post.js' });
  expect({ code, log }).toMatchObject({ code: 0 });
  expect(log).toMatch(/^Cleaned up: \d+ left-over removed/m);
});
