/** The built Action on workflow_run: what another job has measured, perhaps with untrusted code, is decided and published. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunOptions, type RunResult, runAction } from '../support/action-run.ts';
import { serveGit } from '../support/git-http.ts';
import { ACTIONS_BOT, type GithubServer, startGithubServer } from '../support/github-server.ts';
import { forgeEntry, type ReportedOptions, reportedSamples, zipOf } from '../support/reported-run.ts';
import { serveRepositories } from '../support/served-repository.ts';

const configOf = (budget: string, functions = ['sum']): string => `name: sums
functions:
${functions.map((name) => `  ${name}: { handler: sum.mjs#handler, events: [event.json] }`).join('\n')}
isolations: { native: {}, runc: { required: true } }
budgets:
  runc: { cold_start: ${budget} }
measure: { min_blocks: 5, max_blocks: ${functions.length > 1 ? 60 : 12} }
`;
const WORKFLOW = '.github/workflows/measure.yml';
const CREATE_CHECK = 'POST /repos/{owner}/{repo}/check-runs';
const UPDATE_CHECK = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}';
const CREATE_STATUS = 'POST /repos/{owner}/{repo}/statuses/{sha}';
const CREATE_COMMENT = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const LIST_ARTIFACTS = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts';
const GET_RUN = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}';
const LIST_PULLS = 'GET /repos/{owner}/{repo}/pulls';

const MANY = Array.from({ length: 120 }, (_, n) => `fn${n}`);
let server: GithubServer;
/** Nothing is checked out where results of untrusted code are published. */
let empty: string;
const token = 'ghs_0123456789abcdefghijklmnopqrstuvwxyz';

/** Repositories with a pull request that raises its own budget, by the base's. */
const repositories = serveRepositories(token);
const serve = (name: string, base: string | null, head: string): Promise<void> =>
  repositories.serve(name, base, head, { isFork: true });

beforeAll(async () => {
  await serve('strict', configOf('+10ms'), configOf('+60s'));
  await serve('generous', configOf('+60s'), configOf('+60s'));
  const dropped = configOf('+10ms').replace('runc: { required: true }', 'qemu-microvm: { accelerator: [tcg] }');
  await serve('dropped', configOf('+10ms'), dropped.replace('  runc: {', '  qemu-microvm: {'));
  await serve('new', null, configOf('+10ms'));
  await serve('many', configOf('+10ms', MANY), configOf('+10ms', MANY));
});
afterAll(() => repositories.close());
beforeEach(async () => {
  server = await startGithubServer();
  empty = mkdtempSync(join(tmpdir(), 'isogate-empty-'));
});
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
  rmSync(empty, { recursive: true });
});

/** What GitHub knows of a run that has ended, its pull request, and its artifact. */
function reported(name: string, archive: Buffer | null, over: { event?: string; path?: string; head?: string } = {}) {
  const { workspace } = repositories.of(name);
  server.runs.push({
    ...{ id: 98, path: over.path ?? WORKFLOW, event: over.event ?? 'pull_request', attempt: 2 },
    ...{ headSha: workspace.head, headBranch: 'change', headRepository: 'eve/thumbs' },
  });
  server.pulls.push({
    ...{ number: 7, state: 'open', author: { login: 'eve', type: 'User' }, baseSha: workspace.base },
    head: { sha: over.head ?? workspace.head, branch: 'change', repository: 'eve/thumbs' },
  });
  if (archive)
    server.artifacts.push({
      ...{ id: 5, runId: 98, name: 'isogate', archive, createdAt: '2026-01-02T03:04:05Z', expired: false },
    });
}

const archiveOf = (name: string, options: Partial<ReportedOptions> = {}): Promise<Buffer> =>
  zipOf({ 'samples.jsonl': reportedSamples({ ...repositories.of(name).workspace, ...options }) });

async function publish(name: string, options: Partial<RunOptions> = {}): Promise<RunResult> {
  const { workspace, remote } = repositories.of(name);
  const result = await runAction({ ...workspace, directory: empty }, server, {
    ...{ node: () => process.execPath, event: 'workflow_run', ...options },
    inputs: { mode: 'publish', workflow: WORKFLOW, ...options.inputs },
    env: { GITHUB_SERVER_URL: remote.url, GITHUB_REF: 'refs/heads/main', ...options.env },
  });
  expect(result.log.replace(`::add-mask::${token}`, '')).not.toContain(token);
  return result;
}

describe('a fork’s run', () => {
  it('is decided by the base’s configuration, marked, and published on its pull request and head', async () => {
    reported('strict', await archiveOf('strict'));
    const { code, log, outputs, summary } = await publish('strict');
    expect({ code, log }).toMatchObject({ code: 1 });
    const { head } = repositories.of('strict').workspace;
    expect(server.comments).toMatchObject([{ issue: 7, user: ACTIONS_BOT }]);
    const body = server.comments[0]?.body ?? '';
    expect(body).toMatch(
      new RegExp(
        `^<!-- isogate-report sums sha=${head} run=98 attempt=2 base=\\w{16} path=\\w{16} -->\n> \\*\\*Reported by`,
      ),
    );
    expect(body).toContain('the code of the fork eve/thumbs');
    expect(body).toContain('### ❌ Isogate sums: fail');
    expect(body).toContain('budgets.runc.cold\\_start: +10ms → +60s');
    expect(body).toMatch(/\[samples and full report\]\(\S+\/acme\/thumbs\/actions\/runs\/98\/artifacts\/5\)/);
    expect(server.checks).toMatchObject([
      {
        ...{ name: 'isogate / sums', head_sha: head, status: 'completed', conclusion: 'failure' },
        output: { title: expect.stringMatching(/^fail: sum under runc: cold start overhead is \+20/) },
      },
    ]);
    // On the line of the handler in the change's own file.
    expect(server.checks[0]?.output?.annotations).toMatchObject([
      { path: 'sum.mjs', start_line: 1, annotation_level: 'failure' },
    ]);
    expect(summary).toContain('### ❌ Isogate sums: fail');
    expect(outputs).toMatchObject({ verdict: 'fail', 'exit-code': '1' });
    expect(JSON.parse(readFileSync(outputs['verdict-path'] ?? '', 'utf8'))).toMatchObject({ verdict: 'fail' });
  });

  it('brings its own budgets, looks and waivers in vain', async () => {
    const waiver = {
      ...{ function: 'sum', isolation: 'runc', metric: 'cold_start', kind: 'budget', reason: 'r', owner: 'eve' },
      ...{ limit: { scale: 'difference', amount: 9e9, unit: 'ms', text: '+100d' }, expires: '2099-01-01' },
    };
    const budgets = { runc: { cold_start: '+60s' } };
    const looks = { schedule: [12], alphaFail: 1e-9, alphaPass: 0.5, comparisons: [] };
    const config = { functions: { sum: {} }, budgets, fail_on: ['not-measured'] };
    reported('strict', await archiveOf('strict', { config, header: { waivers: [waiver], looks } }));
    expect((await publish('strict')).code).toBe(1);
    expect(server.comments[0]?.body).not.toContain('Waivers in force');
  });

  it('drops no isolation and allows no emulation by what it makes of the configuration', async () => {
    reported('dropped', await archiveOf('dropped'));
    const { code, log } = await publish('dropped');
    expect({ code, log }).toMatchObject({ code: 1 });
    const body = server.comments[0]?.body ?? '';
    expect(body).toContain('isolations.runc.required: true → absent');
    expect(body).toContain('isolations.qemu-microvm.accelerator: absent → \\["tcg"\\]');
  });

  it('that leaves out a function or an isolation has not been measured: exit 3', async () => {
    const samples = reportedSamples({ ...repositories.of('strict').workspace });
    const withoutRunc = samples
      .split('\n')
      .filter((line) => !line.includes('"isolation":"runc"'))
      .join('\n');
    reported('strict', await zipOf({ 'out/samples.jsonl': withoutRunc }));
    const { code, log } = await publish('strict');
    expect({ code, log }).toMatchObject({ code: 3 });
    expect(server.checks).toMatchObject([
      { conclusion: 'failure', output: { title: expect.stringMatching(/^not measured \(1 of 1 limit\): /) } },
    ]);
    expect(server.comments[0]?.body).toContain('### 🚫 Isogate sums: not measured');
  });

  it('shows what it likes as text only', async () => {
    const error = '<script>alert(1)</script> ![x](https://evil.example/x.png) @mona #1 [a](javascript:b)';
    reported('strict', await archiveOf('strict', { error }));
    await publish('strict');
    const body = server.comments[0]?.body ?? '';
    expect(body).toContain('&lt;script&gt;');
    const html = micromark(body, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toMatch(/<script|<img|href="(?!http:\/\/127\.0\.0\.1)|@mona/);
  });

  it('is a set-up report, neutral, where the base has no configuration', async () => {
    reported('new', await archiveOf('new'));
    const { code, log } = await publish('new');
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(server.checks).toMatchObject([{ conclusion: 'neutral' }]);
    expect(server.comments[0]?.body).toContain('**Set-up report, nothing is enforced**');
  });

  it('with more than a comment can hold drops detail from the bottom, and says so', async () => {
    reported('many', await archiveOf('many', { functions: MANY }));
    await publish('many');
    const body = server.comments[0]?.body ?? '';
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toMatch(/left out at the end to stay within GitHub’s limit/);
    expect(body.trimEnd()).toMatch(/Measured at [0-9a-f]{40}.*\.$/);
    expect(server.checks[0]?.output?.summary.length).toBeLessThanOrEqual(65_535);
  });
});

describe('nothing is published, and nothing fails', () => {
  it.each([
    ['of a push', { event: 'push' }, 'it was started by push, not by a pull request'],
    ['whose commit is the head no more', { head: 'e'.repeat(40) }, 'is not the head of an open pull request'],
  ])('of a run %s', async (_name, over, message) => {
    reported('strict', await archiveOf('strict'), over);
    const { code, log } = await publish('strict');
    expect({ code, log }).toMatchObject({ code: 0, log: expect.stringContaining(message) });
    expect([server.comments, server.checks]).toEqual([[], []]);
  });
});

it('a run of another workflow is refused: exit 4', async () => {
  reported('strict', await archiveOf('strict'), { path: '.github/workflows/evil.yml' });
  const { code, log } = await publish('strict');
  expect({ code, log }).toMatchObject({ code: 4 });
  expect(log).toContain(
    'the run that ended is of .github/workflows/evil.yml; accepted: of .github/workflows/measure.yml',
  );
  expect([server.comments, server.checks]).toEqual([[], []]);
});

describe('an artifact that is not what a run leaves: a red check, and why', () => {
  const samples = () => reportedSamples({ ...repositories.of('strict').workspace });
  it.each<[string, () => Promise<Buffer>, string, { said?: number }?]>([
    [
      'a path that leads out',
      async () =>
        forgeEntry(await zipOf({ 'aaaaaaaaaaaaaaasamples.jsonl': samples() }), {
          name: '../../../../../../samples.jsonl'.slice(-28),
        }),
      'invalid relative path',
    ],
    ['no archive', async () => Buffer.from('hello'), 'End of central directory record signature not found'],
    ['no samples', () => zipOf({ 'verdict.json': '{"verdict":"pass"}' }), '0 files called samples.jsonl'],
    [
      'two of them',
      () => zipOf({ 'a/samples.jsonl': samples(), 'b/samples.jsonl': samples() }),
      '2 files called samples.jsonl',
    ],
    ['a bomb of 100 MB', () => zipOf({ 'samples.jsonl': Buffer.alloc(100e6) }), 'is said to have 100000000 bytes'],
    [
      'a bomb that lies about its size',
      async () => forgeEntry(await zipOf({ 'samples.jsonl': Buffer.alloc(100e6) }), { bytes: 1000 }),
      'too many bytes in the stream',
    ],
    [
      '100 MB as said',
      () => zipOf({ 'samples.jsonl': samples() }),
      '100000000 bytes; accepted: at most',
      { said: 100e6 },
    ],
    ['100 MB in truth', async () => Buffer.alloc(100e6), 'bytes came, the most accepted', { said: 1000 }],
    ['another schema', () => zipOf({ 'samples.jsonl': '{"type":"header","schema":"other/9"}\n' }), 'schema: "other/9"'],
    [
      'numbers that are none',
      () => zipOf({ 'samples.jsonl': samples().replace('"block":3', '"block":"x"') }),
      'block: "x"',
    ],
    [
      'samples of another commit',
      () => archiveOf('strict', { head: 'd'.repeat(40) }),
      `the samples are of ${'d'.repeat(40)}`,
    ],
    ['samples of another gate', () => archiveOf('strict', { gate: 'other' }), 'the samples are of the gate other'],
  ])('%s', async (_name, archive, message, { said } = {}) => {
    reported('strict', await archive());
    const [artifact] = server.artifacts;
    if (artifact && said !== undefined) artifact.saidBytes = said;
    const { code, log } = await publish('strict');
    expect({ code, log }).toMatchObject({ code: 4, log: expect.stringContaining(message) });
    expect(server.checks).toMatchObject([{ status: 'completed', conclusion: 'failure' }]);
    expect(server.comments).toEqual([]);
  });

  it.each([
    ['none', false, 'has no artifact called isogate'],
    ['an expired one', true, 'the artifact has expired or was deleted'],
  ])('%s: exit 3', async (_name, expired, message) => {
    reported('strict', expired ? await archiveOf('strict') : null);
    for (const artifact of server.artifacts) artifact.expired = true;
    const { code, log } = await publish('strict');
    expect({ code, log }).toMatchObject({ code: 3, log: expect.stringContaining(message) });
    expect(server.checks).toMatchObject([{ conclusion: 'failure' }]);
  });
});

describe('a permission that is missing', () => {
  const forbidden = { status: 403, message: 'Resource not accessible by integration' };

  it('checks: write — a commit status in its place', async () => {
    reported('strict', await archiveOf('strict'));
    server.fail(CREATE_CHECK, forbidden);
    const { code, log, summary } = await publish('strict');
    expect({ code, log }).toMatchObject({ code: 1 });
    expect(server.statuses).toMatchObject([
      { context: 'isogate / sums', state: 'pending' },
      { context: 'isogate / sums', state: 'failure', description: expect.stringMatching(/^fail: sum under runc/) },
    ]);
    expect(summary).toContain('No check run: the token may not write check runs');
    expect(summary).toContain('permissions: checks: write');
    expect(server.comments).toHaveLength(1);
  });

  it('statuses: write as well — the job’s own exit, and a pass stays one', async () => {
    reported('generous', await archiveOf('generous'));
    server.fail(CREATE_CHECK, forbidden);
    server.fail(CREATE_STATUS, forbidden);
    const { code, log, summary } = await publish('generous');
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(summary).toContain('No commit status: the token may not write commit statuses');
    expect(summary).toContain('### ✅ Isogate sums: pass');
    expect(log).toMatch(/^::warning::No commit status: /m);
  });

  it('pull-requests: write — the check has the report', async () => {
    reported('strict', await archiveOf('strict'));
    server.fail(CREATE_COMMENT, forbidden);
    const { code, summary } = await publish('strict');
    expect(code).toBe(1);
    expect(summary).toContain('No comment on the pull request: the token may not write comments');
    expect(server.checks).toMatchObject([{ conclusion: 'failure' }]);
  });

  it('contents: read — exit 3, and the check says which one', async () => {
    reported('strict', await archiveOf('strict'));
    const closed = await serveGit(dirname(repositories.of('strict').workspace.directory), 'another token');
    const { code, log } = await publish('strict', { env: { GITHUB_SERVER_URL: closed.url } });
    await closed.close();
    expect({ code, log }).toMatchObject({ code: 3, log: expect.stringContaining('permissions: contents: read') });
    expect(server.checks).toMatchObject([{ name: 'isogate / isogate', conclusion: 'failure' }]);
  });

  it.each([
    ['actions: read', GET_RUN, 'the token may not read workflow runs and their artifacts'],
    ['actions: read, of artifacts', LIST_ARTIFACTS, 'the token may not read workflow runs and their artifacts'],
    ['pull-requests: read', LIST_PULLS, 'the token may not read pull requests'],
  ])('%s — exit 3, and which one', async (_name, operation, message) => {
    reported('strict', await archiveOf('strict'));
    server.fail(operation, forbidden);
    const { code, log } = await publish('strict');
    expect({ code, log }).toMatchObject({ code: 3, log: expect.stringContaining(message) });
  });
});

describe('GitHub in trouble', () => {
  it('is asked again after server errors, also for the check', async () => {
    reported('strict', await archiveOf('strict'));
    server.fail(UPDATE_CHECK, { status: 502, times: 1 });
    server.fail(CREATE_CHECK, {
      status: 403,
      message: 'secondary rate limit',
      headers: { 'retry-after': '1' },
      times: 1,
    });
    const { code, log } = await publish('strict');
    expect({ code, log }).toMatchObject({ code: 1 });
    expect(log).toContain('rate limit asks for 1 s before POST');
    expect(server.checks).toMatchObject([{ conclusion: 'failure' }]);
  });

  it('is an Enterprise server at another address', async () => {
    await server.close();
    server = await startGithubServer({ prefix: '/api/v3' });
    reported('generous', await archiveOf('generous'));
    const { code, log } = await publish('generous');
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(server.checks).toMatchObject([{ conclusion: 'success' }]);
    expect(server.comments).toHaveLength(1);
  });
});

describe('a comment that is wanted only on-change', () => {
  it.each([
    ['of a pass that changes nothing: none', 'generous', 0],
    ['of a change of the rules: one', 'strict', 1],
  ])('%s', async (_name, repository, count) => {
    reported(repository, await archiveOf(repository));
    await publish(repository, { inputs: { comment: 'on-change' } });
    expect(server.comments).toHaveLength(count);
    expect(server.checks).toHaveLength(1);
  });

  it('is kept up to date once it is there', async () => {
    const old = server.addComment(7, ACTIONS_BOT, '<!-- isogate-report sums -->\nred');
    reported('generous', await archiveOf('generous'));
    await publish('generous', { inputs: { comment: 'on-change' } });
    expect(old.body).toContain('### ✅ Isogate sums: pass');
  });
});

describe('two at the same time', () => {
  it('leave one comment', async () => {
    reported('strict', await archiveOf('strict'));
    server.gather('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', 2);
    const codes = await Promise.all([publish('strict'), publish('strict', { inputs: { out: 'other' } })]);
    expect(codes.map(({ code }) => code)).toEqual([1, 1]);
    expect(server.comments).toHaveLength(1);
  });

  it('two gates have a comment and a check each', async () => {
    reported('generous', await archiveOf('generous'));
    await publish('generous');
    await publish('generous', { inputs: { name: 'web' } });
    expect(server.comments.map(({ body }) => /report (\S+)/.exec(body)?.[1])).toEqual(['sums', 'web']);
    expect(server.checks.map(({ name }) => name)).toEqual(['isogate / sums', 'isogate / web']);
  });
});
