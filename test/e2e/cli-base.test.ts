/** A change in a real repository, its base built and run beside it, by the built command line. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createProject, type Project, runCli } from '../support/cli-run.ts';
import { createRepo, type GitRepo } from '../support/git-repo.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';

let project: Project;
afterEach(() => project.remove());

/** Busy for so many rounds: the same work natively and under every isolation. */
const handler = (rounds: number): string =>
  `export const handler = () => { let n = 1; for (let i = 0; i < ${rounds}; i++) n = (n * 31 + i) % 1000003; return { n }; };\n`;
const config = (more = ''): string => `name: spin
functions: { spin: { directory: spin, handler: spin.mjs#handler${more} } }
isolations: { native: {}, bubblewrap: {} }
budgets: { bubblewrap: { cold_start: +60s } }
regression: { latency: +30%, control: +15% }
measure: { time: 60s, min_blocks: 6, max_blocks: 30, invocations: 8, warmup: 2 }
`;

function open(text: string, files: Record<string, string>): { repo: GitRepo; base: string } {
  project = createProject(text);
  const repo = createRepo(project.directory);
  const base = repo.commit({ '.gitignore': 'cache\nout\n', 'isogate.yml': text, ...files });
  repo.git('switch', '--quiet', '-c', 'change');
  return { repo, base };
}
const gate = (base: string) => runCli([...project.gate, '--base', base]);
const comparison = (kind: string, metric: string) =>
  project.verdict().comparisons.find((one) => one.kind === kind && one.metric === metric);

it(
  'a function that got slower by a third: red by this change, paired with its base, and replayed the same',
  async () => {
    const { repo, base } = open(config(), { 'spin/spin.mjs': handler(600_000) });
    const head = repo.commit({ 'spin/spin.mjs': handler(800_000) });
    const { code, out, log } = await gate('main');
    expect({ code, log }).toMatchObject({ code: 1 });
    const header = project.header();
    expect(header).toMatchObject({
      commit: head,
      change: { head, base, basis: 'given', functions: { spin: { state: 'beside' } } },
    });
    expect(comparison('regression', 'control')).toMatchObject({
      verdict: 'fail',
      against: { source: 'base', commit: base },
    });
    expect(comparison('regression', 'latency')).toMatchObject({ verdict: 'pass', against: { source: 'base' } });
    expect(comparison('budget', 'cold_start')).toMatchObject({ verdict: 'pass', onBase: { verdict: 'pass' } });
    expect(out).toContain('✖ Isogate spin: fail');
    expect(out).toContain(`• Head ${head.slice(0, 12)} against base ${base.slice(0, 12)}`);
    expect(readFileSync(join(project.out, 'report.md'), 'utf8')).toContain(` --base ${base} --seed`);
    // Five arms a block: the head's control, twin and treatment, the base's control and treatment. Where the treatments are
    // decided first, the last blocks are of the controls and the twin alone.
    const sizes = project.blocks().map(({ arms }) => arms.length);
    expect(sizes[0]).toBe(5);
    expect(sizes.filter((size) => size !== 5 && size !== 3)).toEqual([]);
    const ofBase = project.instances().filter(({ revision }) => revision === 'base');
    expect(ofBase).toHaveLength(sizes.reduce((count, size) => count + (size === 5 ? 2 : 1), 0));
    expect(ofBase.every(({ status }) => status === 'ok')).toBe(true);
    const replayed = await runCli(['replay', '--json', join(project.out, 'samples.jsonl')]);
    expect(JSON.parse(replayed.out).comparisons).toEqual(project.verdict().comparisons);
    expect(repo.git('status', '--porcelain')).toBe('');
    expect(repo.git('worktree', 'list').split('\n')).toHaveLength(1);
    expect(leftovers(header.runId)).toEqual([]);
  },
  HOST_WAIT_MS,
);

it(
  'a change outside of the function is not measured against its base, and is green',
  async () => {
    const { repo } = open(config(), { 'spin/spin.mjs': handler(100_000) });
    repo.commit({ 'README.md': 'words' });
    const { code, out, log } = await gate('main');
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(project.header().change?.functions['spin']).toMatchObject({ state: 'same-image' });
    expect(comparison('regression', 'latency')).toMatchObject({ verdict: 'pass', blocks: 0 });
    expect(out).toContain(
      '2 growth limits are kept without measuring: head and base have the same image, so nothing could have grown.',
    );
    expect(project.instances().every(({ revision }) => revision === 'head')).toBe(true);
  },
  HOST_WAIT_MS,
);

it(
  'a base that cannot be built is told, and the change is not red for it',
  async () => {
    const text = config(', build: [node, build.mjs]');
    const { repo } = open(text, { 'spin/build.mjs': 'throw new Error("broken on main")\n' });
    repo.commit({
      'spin/build.mjs': `import { writeFileSync } from 'node:fs';\nwriteFileSync('spin.mjs', ${JSON.stringify(handler(100_000))});\n`,
    });
    const { code, out, log } = await gate('main');
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(project.header().change?.functions['spin']).toMatchObject({ state: 'not-built' });
    expect(comparison('regression', 'latency')).toMatchObject({ gated: false, cause: 'base-broken' });
    expect(out).toMatch(/• spin: the base could not be built, so it was not measured: build of spin.*broken on main/);
  },
  HOST_WAIT_MS,
);

it(
  'a base that does not work is no obstacle for the change that mends it, unless the change chose an old one',
  async () => {
    const { repo } = open(config(), { 'spin/spin.mjs': 'throw new Error("broken on main");\n' });
    repo.commit({ 'spin/spin.mjs': handler(100_000) });
    const mended = await gate('main');
    expect(mended).toMatchObject({ code: 0 });
    expect(project.header().change?.functions['spin']).toMatchObject({ state: 'not-running', own: true });
    expect(project.instances().every(({ revision }) => revision === 'head')).toBe(true);
    expect(comparison('regression', 'latency')).toMatchObject({ gated: false, cause: 'base-broken' });
    expect(mended.out).toMatch(/• spin: the base does not work, so it was not measured: .*broken on main/);
    repo.git('switch', '--quiet', 'main');
    repo.commit({ 'spin/spin.mjs': handler(90_000) });
    repo.git('switch', '--quiet', 'change');
    const old = await gate('main');
    expect(old).toMatchObject({ code: 3 });
    expect(comparison('regression', 'latency')).toMatchObject({ verdict: 'not-measured', gated: true });
    expect(old.out).toContain('this base is older than its branch: rebase the change');
  },
  2 * HOST_WAIT_MS,
);

it(
  'a base that only the head’s build could keep from being built is built before it',
  async () => {
    const build = (end: string): string =>
      `import { writeFileSync } from 'node:fs';\nwriteFileSync('spin.mjs', ${JSON.stringify(handler(100_000))});\n${end}\n`;
    const { repo } = open(config(', build: [node, build.mjs]'), { 'spin/build.mjs': build('') });
    repo.commit({ 'spin/build.mjs': build('throw new Error("by the head");') });
    const { code, log } = await gate('main');
    expect({ code, log }).toMatchObject({ code: 3 });
    const lines = log.split('\n').filter((line) => /build of spin: running|^base · [0-9a-f]|^image · spin/.test(line));
    expect(lines.map((line) => line.replace(/:? .*/, ''))).toEqual(['base', 'build', 'build', 'image']);
    expect(project.header().change?.functions['spin']).toMatchObject({ state: 'beside' });
  },
  HOST_WAIT_MS,
);

it('a base that is none: exit 4, one line', async () => {
  open(config(), { 'spin/spin.mjs': handler(1) });
  const { code, log } = await gate('nowhere');
  expect(code).toBe(4);
  expect(log).toBe(
    'isogate: --base nowhere: no such commit in this repository; accepted: a branch, tag or commit that git knows here\n',
  );
});

it(
  'a budget that the base breaks as much: told first, and not held against the change, unless fail_on_base says so',
  async () => {
    // A container starts tens of milliseconds later than a process.
    const text = config()
      .replaceAll('bubblewrap', 'runc')
      .replace('+60s', '+1us')
      .replace('control: +15%', 'control: +40%');
    const { repo } = open(text, { 'spin/spin.mjs': handler(100_000) });
    repo.commit({ 'spin/spin.mjs': `// words\n${handler(100_000)}` });
    const { code, out } = await gate('main');
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(comparison('budget', 'cold_start')).toMatchObject({
      verdict: 'fail',
      onBase: { verdict: 'fail', isInherited: true },
    });
    expect(out).toMatch(
      /^spin under runc: cold start overhead is .* It is not this change: the base breaks this budget already \(\+\S+ µ?m?s there\), and the change did not make it worse/m,
    );
    expect(out).toContain('✖ over budget');
    expect(out).toContain('[1] so on the base already');
    const strict = join(project.directory, 'strict.yml');
    writeFileSync(strict, `${text}fail_on_base: true\n`);
    const replayed = await runCli(['replay', join(project.out, 'samples.jsonl'), '--config', strict]);
    expect(replayed).toMatchObject({ code: 1 });
    expect(replayed.out).toContain('samples.jsonl: fail');
  },
  HOST_WAIT_MS,
);
