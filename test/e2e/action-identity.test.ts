/** The built Action: a check belongs to a commit, and rules to a pull request, a branch and a configuration. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CheckIdentity, digestText, formatIdentity, type OwnOutcome } from '../../src/github/check-identity.ts';
import { type RunOptions, type RunResult, runAction } from '../support/action-run.ts';
import { git } from '../support/git-repo.ts';
import { type GithubServer, startGithubServer } from '../support/github-server.ts';
import type { StoredPull } from '../support/github-state.ts';
import { type ReportedOptions, reportedSamples, zipOf } from '../support/reported-run.ts';
import { serveRepositories } from '../support/served-repository.ts';

const configOf = (budget: string): string => `name: sums
functions: { sum: { handler: sum.mjs#handler, events: [event.json] } }
isolations: { native: {}, runc: { required: true } }
budgets: { runc: { cold_start: ${budget} } }
measure: { min_blocks: 5, max_blocks: 12 }
`;
/** Reported samples cost 20 ms more under runc. */
const GENEROUS = configOf('+60s');
const STRICT = configOf('+10ms');
/** Their noise is too large to say. */
const CLOSE = configOf('+20ms');
const GROWING = `${GENEROUS}regression: { cold_start: +5% }\n`;
const WORKFLOW = '.github/workflows/measure.yml';
const token = 'ghs_0123456789abcdefghijklmnopqrstuvwxyz';

const repositories = serveRepositories(token);
let server: GithubServer;
let empty: string;

beforeAll(async () => {
  for (const [name, text] of Object.entries({ generous: GENEROUS, strict: STRICT, close: CLOSE, growing: GROWING }))
    await repositories.serve(name, text, text, { isFork: true });
  await repositories.serve('moved', null, GENEROUS);
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

/** An open pull request of the same commit. */
function openPull(name: string, over: Partial<StoredPull> = {}): void {
  const { workspace } = repositories.of(name);
  server.pulls.push({
    ...{ number: 7, state: 'open', author: { login: 'eve', type: 'User' }, baseSha: workspace.base },
    head: { sha: workspace.head, branch: 'change', repository: 'eve/thumbs' },
    ...over,
  });
}

/** A check that an earlier run left on the commit. */
function addCheck(name: string, over: Partial<CheckIdentity>, own: OwnOutcome): void {
  const { workspace } = repositories.of(name);
  const text = { generous: GENEROUS, strict: STRICT, close: CLOSE }[name] ?? '';
  const identity: CheckIdentity = {
    ...{ pullRequest: 7, base: digestText('main'), path: digestText('isogate.yml'), config: digestText(text) },
    ...{ run: 90, attempt: 1, ...over },
  };
  server.checks.push({
    ...{ id: 500 + server.checks.length, name: 'isogate / sums', head_sha: workspace.head, status: 'completed' },
    ...{ conclusion: own.conclusion, details_url: null, external_id: formatIdentity(identity, own), output: null },
  });
}

async function publish(
  name: string,
  reported: Partial<ReportedOptions> = {},
  options: Partial<RunOptions> = {},
): Promise<RunResult> {
  const { workspace, remote } = repositories.of(name);
  if (server.pulls.length === 0) openPull(name);
  server.runs.push({
    ...{ id: 98, path: WORKFLOW, event: 'pull_request', attempt: 2 },
    ...{ headSha: workspace.head, headBranch: 'change', headRepository: 'eve/thumbs' },
  });
  server.artifacts.push({
    ...{ id: 5, runId: 98, name: 'isogate', createdAt: '2026-01-02T03:04:05Z', expired: false },
    archive: await zipOf({ 'samples.jsonl': reportedSamples({ ...workspace, ...reported }) }),
  });
  return runAction({ ...workspace, directory: empty }, server, {
    ...{ node: () => process.execPath, event: 'workflow_run', ...options },
    inputs: { mode: 'publish', workflow: WORKFLOW, ...options.inputs },
    env: { GITHUB_SERVER_URL: remote.url, GITHUB_REF: 'refs/heads/main' },
  });
}

const PASS: OwnOutcome = { verdict: 'pass', conclusion: 'success' };
const FAIL: OwnOutcome = { verdict: 'fail', conclusion: 'failure' };
const UNDECIDED: OwnOutcome = { verdict: 'inconclusive', conclusion: 'neutral' };

describe('a commit that is the head of two pull requests', () => {
  const onto = (baseRef: string): Partial<StoredPull> => ({ number: 8, baseRef });

  it('is not green by the easier rules while the others have not decided', async () => {
    openPull('generous');
    openPull('generous', { ...onto('release'), head: { ...headOf('generous'), branch: 'other' } });
    const { code, log, summary, outputs } = await publish('generous');
    expect({ code, log }).toMatchObject({ code: 3 });
    const reason = 'this commit is the head of pull request #8 onto release too, whose rules have not decided on it';
    expect(server.checks).toMatchObject([
      { name: 'isogate / sums', conclusion: 'failure', output: { title: expect.stringContaining(reason) } },
    ]);
    expect(server.checks[0]?.external_id).toMatch(
      /^isogate\/1 pr=7 base=\w{16} .* run=98 attempt=2 own=pass as=success$/,
    );
    expect(server.comments[0]?.body).toContain('> **Red all the same**: this commit is the head');
    expect(summary).toContain('**Red all the same**');
    expect(outputs).toMatchObject({ verdict: 'not-measured', 'exit-code': '3' });
  });

  it.each<[string, OwnOutcome, number, string]>([
    ['a fail', FAIL, 3, 'failure'],
    ['nothing yet', { verdict: 'none', conclusion: 'failure' }, 3, 'failure'],
    ['a pass', PASS, 0, 'success'],
    ['nothing for certain', UNDECIDED, 0, 'neutral'],
    ['that nothing is enforced', { verdict: 'set-up', conclusion: 'neutral' }, 0, 'neutral'],
  ])('is what the two of them allow: the other says %s', async (_name, own, exit, conclusion) => {
    openPull('generous');
    openPull('generous', onto('release'));
    addCheck('generous', { pullRequest: 8, base: digestText('release') }, own);
    const { code, log } = await publish('generous');
    expect({ code, log }).toMatchObject({ code: exit });
    expect(server.checks.at(-1)).toMatchObject({ conclusion });
  });

  it('is decided by the rules of the one that was measured for, where both are of one branch', async () => {
    openPull('generous');
    openPull('generous', onto('release'));
    addCheck('generous', {}, PASS);
    const workflow = { repository: 'acme/thumbs', run: 98, attempt: 2, pullRequest: 8, baseRef: 'release' };
    const { code, log } = await publish('generous', { header: { workflow } });
    expect({ code, log }).toMatchObject({ code: 0 });
    const release = digestText('release');
    expect(server.checks.at(-1)).toMatchObject({
      ...{ conclusion: 'success', external_id: expect.stringContaining(`pr=8 base=${release}`) },
    });
    expect(server.comments).toMatchObject([{ issue: 8 }]);
  });

  it('onto one branch has one set of rules', async () => {
    openPull('generous');
    openPull('generous', { number: 8, head: { ...headOf('generous'), branch: 'other' } });
    expect((await publish('generous')).code).toBe(0);
    expect(server.checks).toMatchObject([{ conclusion: 'success' }]);
  });

  it('is not asked where the other is closed, or has another head', async () => {
    openPull('generous');
    openPull('generous', { ...onto('release'), state: 'closed' });
    openPull('generous', { ...onto('release'), head: { ...headOf('generous'), sha: 'e'.repeat(40) } });
    expect((await publish('generous')).code).toBe(0);
  });
});

const headOf = (name: string): StoredPull['head'] => ({
  ...{ sha: repositories.of(name).workspace.head, branch: 'change', repository: 'eve/thumbs' },
});

describe('mode merge', () => {
  /** Parts of this workflow run, on a pull request’s event. */
  async function merge(name: string, workflow: object = {}): Promise<RunResult> {
    const { workspace, remote } = repositories.of(name);
    const directory = join(empty, 'checkout');
    cpSync(workspace.directory, directory, { recursive: true });
    mkdirSync(join(directory, 'parts/a'), { recursive: true });
    const of = { repository: 'acme/thumbs', run: 99, attempt: 1, pullRequest: 7, baseRef: 'main', ...workflow };
    const samples = reportedSamples({ ...workspace, header: { workflow: of } });
    writeFileSync(join(directory, 'parts/a/samples.jsonl'), samples);
    return runAction({ ...workspace, directory }, server, {
      node: () => process.execPath,
      inputs: { mode: 'merge', out: 'parts' },
      env: { GITHUB_SERVER_URL: remote.url },
    });
  }

  it('is red where the pull request goes onto another branch by now', async () => {
    openPull('generous', { baseRef: 'release' });
    const { code, log } = await merge('generous');
    expect({ code, log }).toMatchObject({ code: 3 });
    const title = expect.stringContaining('#7 goes onto release by now, and this run decided by the rules of main');
    expect(server.checks).toMatchObject([{ conclusion: 'failure', output: { title } }]);
  });

  it('is red where it cannot be known which pull requests the commit is the head of', async () => {
    server.fail('GET /repos/{owner}/{repo}/pulls', { status: 403, message: 'Resource not accessible by integration' });
    const { code, log } = await merge('generous');
    expect({ code, log }).toMatchObject({ code: 3 });
    const title = expect.stringContaining('give the job `permissions: pull-requests: read`');
    expect(server.checks).toMatchObject([{ conclusion: 'failure', output: { title } }]);
  });

  it('is red where the checks of the commit cannot be read', async () => {
    openPull('generous');
    server.fail('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
      status: 403,
      message: 'Resource not accessible',
    });
    const { code, log } = await merge('generous');
    expect({ code, log }).toMatchObject({ code: 3 });
    const title = expect.stringContaining('give the job `permissions: checks: write`');
    expect(server.checks).toMatchObject([{ conclusion: 'failure', output: { title } }]);
  });

  it.each([
    ['of another run', { run: 98 }, 'the samples are of run 98 of acme/thumbs; accepted: samples of run 99'],
    ['of another repository', { repository: 'eve/thumbs' }, 'the samples are of run 99 of eve/thumbs; accepted'],
  ])('refuses samples %s: exit 4', async (_name, workflow, message) => {
    const { code, log } = await merge('generous', workflow);
    expect({ code, log }).toMatchObject({ code: 4, log: expect.stringContaining(message) });
    expect(server.checks).toMatchObject([{ conclusion: 'failure' }]);
  });
});

describe('a branch without a configuration', () => {
  /** A pull request’s event, onto `pages`, whose tip has none. */
  const propose = (name: string, onto: string): Promise<RunResult> => {
    const { workspace, remote } = repositories.of(name);
    const fixture = join(import.meta.dirname, '../../fixtures/events/pull_request.json');
    const eventText = readFileSync(fixture, 'utf8')
      .replaceAll('a'.repeat(40), workspace.head)
      .replaceAll('b'.repeat(40), workspace.base)
      .replace('"ref": "main"', `"ref": "${onto}"`);
    return runAction(workspace, server, {
      ...{ node: () => process.execPath, eventText, env: { GITHUB_SERVER_URL: remote.url } },
    });
  };

  it('is no set-up, and so not neutral, where the default branch has one: exit 3', async () => {
    const { code, log } = await propose('moved', 'pages');
    expect({ code, log }).toMatchObject({ code: 3 });
    expect(log).toContain('pages has no isogate.yml, and the default branch main has one');
    expect(server.checks).toMatchObject([{ conclusion: 'failure' }]);
  });

  it('is none either where the default branch cannot be asked: exit 3', async () => {
    const { workspace } = repositories.of('moved');
    const origin = join(workspace.directory, '../origin');
    git(origin, 'branch', '--quiet', '-m', 'main', 'trunk');
    const { code, log } = await propose('moved', 'pages').finally(() => git(origin, 'branch', '-m', 'trunk', 'main'));
    expect({ code, log }).toMatchObject({ code: 3 });
    expect(log).toContain('whether the default branch main has one could not be found out');
  });
});

it('that the base has the same image is not believed: growth is not measured, and red', async () => {
  const { code, log, outputs } = await publish('growing');
  expect({ code, log }).toMatchObject({ code: 3 });
  const { comparisons } = JSON.parse(readFileSync(outputs['verdict-path'] ?? '', 'utf8'));
  expect(comparisons).toMatchObject([
    { kind: 'budget', verdict: 'pass' },
    {
      ...{ kind: 'regression', gated: true, verdict: 'not-measured' },
      reason: expect.stringContaining('says that its image is the head’s, which is not believed'),
    },
  ]);
});

describe('a fail that was proven', () => {
  it('is not undone by a run that proves nothing', async () => {
    addCheck('close', {}, FAIL);
    const { code, log, outputs } = await publish('close');
    expect({ code, log }).toMatchObject({ code: 1 });
    const title = 'run 90 proved a fail of this commit by the same configuration, and this run, which is inconclusive';
    expect(server.checks.at(-1)).toMatchObject({
      ...{ conclusion: 'failure', output: { title: expect.stringContaining(title) } },
      external_id: expect.stringContaining('own=inconclusive as=neutral'),
    });
    expect(outputs).toMatchObject({ verdict: 'fail', 'exit-code': '1' });
  });

  it.each<[string, () => void]>([
    ['a pass came after it', () => addCheck('close', { run: 91 }, PASS)],
    ['there was none', () => server.checks.splice(0)],
    ['it was by other rules', () => server.checks.splice(0) && addCheck('close', { config: digestText(STRICT) }, FAIL)],
    ['it was onto another branch', () => server.checks.splice(0) && addCheck('close', { base: digestText('x') }, FAIL)],
  ])('does not stand where %s', async (_name, change) => {
    addCheck('close', {}, FAIL);
    change();
    const { code, log } = await publish('close');
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(server.checks.at(-1)).toMatchObject({ conclusion: 'neutral' });
  });

  it('stands as a commit status too', async () => {
    const { head } = repositories.of('close').workspace;
    server.fail('POST /repos/{owner}/{repo}/check-runs', { status: 403, message: 'Resource not accessible' });
    server.statuses.push({ sha: head, context: 'isogate / sums', state: 'failure', description: 'fail' });
    const { code, log } = await publish('close');
    expect({ code, log }).toMatchObject({ code: 1 });
    expect(server.statuses.at(-1)).toMatchObject({ state: 'failure' });
  });

  it('leaves less alpha to a new run of the commit, and the report says why', async () => {
    addCheck('generous', {}, FAIL);
    addCheck('generous', { run: 91 }, UNDECIDED);
    addCheck('generous', { run: 98 }, UNDECIDED);
    const { outputs } = await publish('generous');
    const [header = ''] = readFileSync(outputs['samples-path'] ?? '', 'utf8').split('\n');
    expect(JSON.parse(header)).toMatchObject({ unseenAttempts: 2 });
    expect(server.comments[0]?.body).toContain('**attempt-alone**');
  });
});

describe('two configurations of one name', () => {
  it.each([
    ['in one workflow run', 98],
    ['in two of them', 97],
  ])('%s are refused: exit 4', async (_name, run) => {
    addCheck('generous', { run, attempt: 1, path: digestText('packages/b/isogate.yml') }, PASS);
    const { code, log } = await publish('generous');
    expect({ code, log }).toMatchObject({ code: 4 });
    expect(log).toContain('another configuration has a check of this name on this commit');
    expect(server.checks.at(-1)).toMatchObject({ conclusion: 'failure' });
    expect(server.comments).toEqual([]);
  });
});

it('the input `name` is the name everywhere: check, comment, titles, annotations', async () => {
  const { code, log } = await publish('strict', {}, { inputs: { name: 'arm/sums' } });
  expect({ code, log }).toMatchObject({ code: 1 });
  const title = expect.stringMatching(/^Isogate arm\/sums: sum under runc/);
  expect(server.checks).toMatchObject([{ name: 'isogate / arm/sums', output: { annotations: [{ title }] } }]);
  expect(server.comments[0]?.body).toMatch(/^<!-- isogate-report arm%2Fsums [\s\S]*### ❌ Isogate arm\/sums: fail/);
});
