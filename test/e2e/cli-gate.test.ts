import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { NODES } from '../support/action-run.ts';
import { createProject, type Project, runCli, startCli } from '../support/cli-run.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';

let project: Project;
afterEach(() => project.remove());

const CPU = `name: cpu
functions: { cpu: { directory: cpu, handler: cpu.mjs#handler, events: cpu/events/*.json } }
isolations: { native: {}, runc: { required: true } }
budgets: { runc: { latency: +100% } }
measure: { time: 60s, max_blocks: 20, invocations: 6, warmup: 1 }
`;
const NULL = `name: nothing
functions: { nothing: { directory: fn, command: [./agent, "null"] } }
isolations: { native: {}, runc: {} }
budgets: { runc: { cold_start: +60s } }
measure: { time: 60s, min_blocks: 5, max_blocks: 12, invocations: 5, warmup: 1 }
`;

it.each(NODES)(
  'a function that keeps its budget: exit 0, five files, and a replay that decides the same, on %s',
  async (_, node) => {
    project = createProject(CPU);
    const { code, out, log } = await runCli(project.gate, { node: node() });
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(readdirSync(project.out).sort()).toEqual([
      'probe.json',
      'report.html',
      'report.md',
      'samples.jsonl',
      'verdict.json',
    ]);
    expect(out).toMatch(/^\n✔ Isogate cpu: pass\n/);
    expect(out).toMatch(/^cpu\n {2}native .* control\n {2}runc .* \+100% .* ✔ pass$/m);
    expect(out.trimEnd().split('\n').at(-3)).toBe('The one limit is kept.');
    const report = readFileSync(join(project.out, 'report.md'), 'utf8');
    expect(report).toContain('### ✅ Isogate cpu: pass');
    expect(report).toMatch(/^\| `cpu` \| `runc` \| .*\| \+100% \| .*\| ✅ pass \|$/m);

    const verdict = project.verdict();
    expect(verdict).toMatchObject({ verdict: 'pass', gate: 'cpu' });
    expect(verdict.comparisons).toMatchObject([
      { function: 'cpu', isolation: 'runc', metric: 'latency', kind: 'budget', gated: true, limit: 2, verdict: 'pass' },
    ]);
    // The truth is about 1; a container costs arithmetic nothing.
    expect(verdict.comparisons[0]?.estimate).toBeGreaterThan(0.6);
    expect(verdict.comparisons[0]?.estimate).toBeLessThan(1.6);

    const replayed = await runCli(['replay', '--json', join(project.out, 'samples.jsonl')]);
    expect(replayed.code).toBe(0);
    expect(JSON.parse(replayed.out).comparisons).toEqual(verdict.comparisons);

    expect(project.end()).toMatchObject({ type: 'end', reason: 'decided' });
    const instances = project.instances();
    expect(instances).toHaveLength(3 * (verdict.comparisons[0]?.blocks ?? 0));
    expect(instances.every(({ status, evidence }) => status === 'ok' && evidence?.contradictions.length === 0)).toBe(
      true,
    );
    expect(leftovers(project.header().runId)).toEqual([]);
  },
  HOST_WAIT_MS,
);

it(
  'two at once: the second says that it waits, and measures when the first is done',
  async () => {
    project = createProject(NULL);
    const first = startCli([...project.gate, '--verbose']);
    await first.line(/^probe · native: works/);
    const outOfSecond = join(project.directory, 'out2');
    const second = startCli([...project.gate, '--out', outOfSecond]);
    expect(await second.line(/./)).toMatch(
      new RegExp(
        `^another run measures on this host: process ${first.pid} of \\w+ \\(.*cli\\.js gate .*\\), since .* UTC; waiting for its lock$`,
      ),
    );
    const results = await Promise.all([first.done, second.done]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    const lastBlock = first.lines.findLast(({ text }) => / \d+ of at most \d+ blocks/.test(text));
    expect(second.lines[1]?.place).toBeGreaterThan(lastBlock?.place ?? Number.POSITIVE_INFINITY);
    expect(readdirSync(outOfSecond)).toEqual(readdirSync(project.out));
  },
  HOST_WAIT_MS,
);

it(
  'a first run has no baseline to regress against; once it is recorded, the next is held against it',
  async () => {
    project = createProject(
      NULL.replace('measure:', 'regression: { cold_start: +10000%, control: +100000% }\nmeasure:'),
    );
    const store = join(project.directory, 'baseline');
    mkdirSync(store);
    const samples = join(project.out, 'samples.jsonl');
    const gate = [...project.gate, '--baseline', store];
    const regressions = () =>
      project
        .verdict()
        .comparisons.filter(({ kind }) => kind === 'regression')
        .map(({ isolation, metric, gated, verdict }) => [isolation, metric, gated, verdict]);

    const first = await runCli(gate);
    expect({ code: first.code, log: first.log }).toMatchObject({ code: 0 });
    expect(regressions()).toEqual([
      ['runc', 'cold_start', false, 'not-measured'],
      ['native', 'control', false, 'not-measured'],
    ]);
    expect(project.verdict().warnings.map(({ code }) => code)).toContain('no-baseline');

    const commit = 'c'.repeat(40);
    const recorded = await runCli(['baseline', 'record', samples, '--store', store, '--commit', commit, '--json']);
    expect(JSON.parse(recorded.out)).toMatchObject({ added: 2, place: store, commit, verdict: 'pass' });

    const second = await runCli(gate);
    expect({ code: second.code, out: second.out }).toMatchObject({ code: 0 });
    expect(regressions()).toEqual([
      ['runc', 'cold_start', true, 'pass'],
      ['native', 'control', true, 'pass'],
    ]);
    expect(project.header().baseline.every((record) => record.commit === commit)).toBe(true);
    // The samples hold the baseline: a replay needs no store.
    const replayed = await runCli(['replay', '--json', samples]);
    expect(JSON.parse(replayed.out).comparisons).toEqual(project.verdict().comparisons);
  },
  HOST_WAIT_MS,
);
