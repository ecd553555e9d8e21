/**
 * A repository's life, with a real bare repository as its remote: first run, changes, a slowdown that is found at its commit,
 * a waiver, its expiry, a revert, another machine. By the built command line, on real instances.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProject, type Project, runCli } from '../support/cli-run.ts';
import { createRepo, type GitRepo, git } from '../support/git-repo.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';

let project: Project;
let repo: GitRepo;
let remote: string;

const handler = (rounds: number, words = ''): string =>
  `// ${words}\nexport const handler = () => { let n = 1; for (let i = 0; i < ${rounds}; i++) n = (n * 31 + i) % 1000003; return { n }; };\n`;
const FAST = 1_000_000;
const SLOW = 1_100_000;
const config = (memory = '256MiB'): string => `name: life
functions: { spin: { directory: spin, handler: spin.mjs#handler } }
resources: { memory: ${memory} }
isolations: { native: {}, bubblewrap: {} }
budgets: { bubblewrap: { latency: +60% } }
regression: { latency: +40%, control: +5% }
measure: { time: 120s, min_blocks: 12, max_blocks: 60, invocations: 10, warmup: 2 }
`;
const waiver = (expires: string): string =>
  `waivers:\n  - { function: spin, isolation: native, metric: control, kind: regression, limit: +40%, reason: a better result, owner: mona, expires: ${expires} }\n`;

beforeAll(() => {
  project = createProject(config());
  remote = join(project.directory, 'remote.git');
  mkdirSync(remote);
  git(remote, 'init', '--quiet', '--bare', '--initial-branch=main');
  repo = createRepo(project.directory);
  repo.git('remote', 'add', 'origin', `file://${remote}`);
  repo.commit({ '.gitignore': 'cache\nout\nremote.git\n', 'isogate.yml': config(), 'spin/spin.mjs': handler(FAST) });
  repo.git('push', '--quiet', 'origin', 'main');
});
afterAll(() => project.remove());

const gate = (...more: string[]) => {
  rmSync(project.out, { recursive: true, force: true });
  return runCli([...project.gate, '--baseline', 'git', ...more], { cwd: project.directory });
};
const baseline = (...args: string[]) =>
  runCli(['baseline', ...args, '--cache-dir', join(project.directory, 'cache')], { cwd: project.directory });
const comparison = (kind: string, metric: string) =>
  project.verdict().comparisons.find((one) => one.kind === kind && one.metric === metric);
const codes = () => project.verdict().warnings.map(({ code }) => code);

/** On a branch of its own, against main. */
async function pullRequest(name: string, files: Record<string, string>) {
  repo.git('switch', '--quiet', '-c', name, 'main');
  repo.commit(files, name);
  return gate('--base', 'main');
}
function merge(name: string): void {
  repo.git('switch', '--quiet', 'main');
  repo.git('merge', '--quiet', '--no-ff', '-m', `merge ${name}`, name);
  repo.git('push', '--quiet', 'origin', 'main');
}

describe.sequential('a repository', () => {
  it('first run: budgets are gated, growth is not, and how a baseline comes to be is said', {
    timeout: HOST_WAIT_MS,
  }, async () => {
    const { code, log } = await gate();
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(codes()).toEqual(expect.arrayContaining(['no-baseline-branch', 'no-baseline']));
    expect(comparison('regression', 'latency')).toMatchObject({ verdict: 'not-measured', gated: false });
    expect(comparison('regression', 'latency')?.reason).toContain('isogate baseline record');
    const recorded = await baseline('record', project.out);
    expect(recorded).toMatchObject({ code: 0 });
    expect(recorded.out).toMatch(
      /^run \S+ of [0-9a-f]{12} \(pass\) added to the branch isogate-baselines of origin: 2 lines\n$/,
    );
    expect((await baseline('record', project.out)).out).toMatch(/is in the branch .* already: nothing added\n$/);
    expect(git(remote, 'ls-tree', '-r', '--name-only', 'isogate-baselines')).toMatch(
      /^README\.md\nlife\/spin\/bubblewrap\//,
    );
    expect(repo.git('status', '--porcelain')).toBe('');
  });

  it('changes that cost nothing are green, and none of them is recorded', { timeout: 5 * HOST_WAIT_MS }, async () => {
    for (const words of process.env['ISOGATE_FULL'] ? ['1', '2', '3', '4', '5', '6', '7', '8', '9'] : ['1']) {
      const { code, out } = await pullRequest(`words-${words}`, { 'spin/spin.mjs': handler(FAST, words) });
      expect({ code, out }).toMatchObject({ code: 0 });
      expect(comparison('regression', 'control')).toMatchObject({ verdict: 'pass', against: { source: 'base' } });
      merge(`words-${words}`);
    }
    const { code, log } = await baseline('record', project.out);
    expect(code).toBe(4);
    expect(log).toContain('this run measured a change');
  });

  it('ten percent more are found at their commit, and told apart', { timeout: HOST_WAIT_MS }, async () => {
    const { code, out, log } = await pullRequest('slower', { 'spin/spin.mjs': handler(SLOW) });
    expect({ code, log }).toMatchObject({ code: 1 });
    const control = comparison('regression', 'control');
    expect(control).toMatchObject({ verdict: 'fail', against: { source: 'base' } });
    expect(control?.attribution?.summary).toMatch(/^the control native itself got \d+(\.\d+)?% slower/);
    expect(out).toContain(`against base ${repo.git('rev-parse', 'main').slice(0, 12)}`);
  });

  it('waived: the same change is green, and the report says by whom and until when', {
    timeout: HOST_WAIT_MS,
  }, async () => {
    repo.git('switch', '--quiet', 'main');
    repo.commit({ '.isogate/waivers.yml': waiver('2999-01-31') }, 'waive it');
    repo.git('branch', '--quiet', '-D', 'slower');
    const { code, out, log } = await pullRequest('slower', { 'spin/spin.mjs': handler(SLOW) });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(comparison('regression', 'control')).toMatchObject({
      verdict: 'pass',
      waiver: { owner: 'mona', configured: '+5%', expires: '2999-01-31' },
    });
    expect(out).toContain('waived until 2999-01-31 by mona');
    merge('slower');
  });

  it('expired: red, whatever is measured', { timeout: HOST_WAIT_MS }, async () => {
    repo.commit({ '.isogate/waivers.yml': waiver('2020-01-31') }, 'too old');
    const { code, out } = await gate('--time', '5s');
    expect(code).toBe(1);
    expect(out).toContain('expired on 2020-01-31; its configured limit holds again');
    const refused = await baseline('record', project.out);
    expect(refused.code).toBe(4);
    expect(refused.log).toContain('the verdict of this run is fail, and only one that passed becomes a baseline');
    const accepted = await baseline('accept', project.out, '--reason', 'the new result is worth it', '--by', 'mona');
    expect(accepted).toMatchObject({ code: 0 });
    repo.git('rm', '--quiet', '.isogate/waivers.yml');
    repo.commit({}, 'no waivers');
    repo.git('push', '--quiet', 'origin', 'main');
  });

  it('a revert is seen as one', { timeout: HOST_WAIT_MS }, async () => {
    const { code, log } = await pullRequest('revert', { 'spin/spin.mjs': handler(FAST, 'again') });
    expect({ code, log }).toMatchObject({ code: 0 });
    const control = comparison('regression', 'control');
    expect(control).toMatchObject({ verdict: 'pass', against: { source: 'base' } });
    expect(control?.estimate).toBeLessThan(0.97);
    expect(control?.upper).toBeLessThan(1);
    merge('revert');
  });

  it('measured under other conditions: not compared, and what differs is named', {
    timeout: HOST_WAIT_MS,
  }, async () => {
    repo.commit({ 'isogate.yml': config('300MiB') }, 'more memory');
    const { code, log } = await gate();
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(comparison('regression', 'latency')).toMatchObject({ verdict: 'not-measured', gated: false });
    expect(comparison('regression', 'latency')?.reason).toMatch(
      /was measured under other conditions: .*memory.* → .*; not compared/i,
    );
    await baseline('record', project.out);
  });

  it('the history is shown with what somebody decided on and with the change of conditions', async () => {
    const pinned = await baseline('pin', '--reason', 'release 1', '--by', 'mona');
    expect(pinned.out).toMatch(/^run \S+ of [0-9a-f]{12} is the pinned reference of life now\n$/);
    const { code, out } = await baseline('show', '--gate', 'life', '--isolation', 'bubblewrap', '--metric', 'latency');
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^spin · bubblewrap · latency {2}[▁▂▃▄▅▆▇█]{3}$/);
    expect(lines.filter((line) => line.startsWith('| 2'))).toHaveLength(3);
    expect(out).toContain('accepted');
    expect(out).toContain('pinned');
    expect(out).toMatch(/^ {2}host: .*memory/m);
    const json = JSON.parse((await baseline('show', '--gate', 'life', '--json')).out);
    // Of two isolations: cold start, latency, throughput, CPU time, memory and its peak.
    expect(json.series).toHaveLength(2 * 6);
  });
});
