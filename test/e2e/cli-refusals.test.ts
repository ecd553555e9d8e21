import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type HostLock, takeHostLock } from '../../src/host/host-lock.ts';
import { type CliResult, createProject, type Project, ROOT, runCli } from '../support/cli-run.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';

const GOOD = `name: good
functions:
  nothing: { directory: fn, command: [./agent, "null"] }
isolations: { native: {}, runc: {} }
budgets:
  runc: { cold_start: +60s }
measure: { time: 60s, max_blocks: 12 }
`;

let project: Project;
let lock: HostLock;
beforeAll(async () => {
  project = createProject(GOOD);
  // Held by these tests: whatever is not refused before anything is started waits for it, and is found by that.
  lock = await takeHostLock(() => {}, new AbortController().signal);
}, HOST_WAIT_MS);
afterAll(async () => {
  await lock.release();
  project.remove();
});
beforeEach(() => project.configure(GOOD));

const config = (): string => join(project.directory, 'isogate.yml');

/** One line that names the place, exit code 4, and no trace of a run. */
function expectRefusal({ code, out, log }: CliResult, message: RegExp | string): void {
  expect({ code, out, log }).toEqual({ code: 4, out: '', log: expect.stringMatching(/^isogate: [^\n]+\n$/) });
  if (typeof message === 'string') expect(log).toBe(`isogate: ${message}\n`);
  else expect(log).toMatch(message);
  expect(existsSync(project.out)).toBe(false);
  expect(existsSync(join(project.directory, 'cache'))).toBe(false);
}

describe('a configuration that is wrong', () => {
  it.each<[string, [string, string], RegExp]>([
    ['an unknown key', ['max_blocks', 'max_block'], /isogate\.yml:7: measure\.max_block: .*max_blocks/],
    ['a missing sign', ['+60s', '60s'], /isogate\.yml:6: budgets\.runc\.cold_start: "60s".*\+/],
    ['an unknown unit', ['+60s', '+60parsecs'], /isogate\.yml:6: budgets\.runc\.cold_start: "\+60parsecs"/],
    ['a unit of another metric', ['+60s', '+60MiB'], /isogate\.yml:6: budgets\.runc\.cold_start: .*\+60MiB/],
    [
      'a budget of an isolation that is not listed',
      ['runc: {}', 'gvisor: {}'],
      /isogate\.yml:6: budgets\.runc: .*gvisor/,
    ],
    [
      'a directory that is not there',
      ['directory: fn', 'directory: nowhere'],
      /:3: functions\.nothing\.directory: .*nowhere/,
    ],
    [
      'a path outside the workspace',
      ['directory: fn', 'directory: ../..'],
      /:3: functions\.nothing\.directory: .*outside/,
    ],
    [
      'an event that is not there',
      ['directory: fn', 'directory: fn, events: [no.json]'],
      /:3: functions\.nothing\.events.*no\.json/,
    ],
    ['no YAML', ['functions:', 'functions: ['], /isogate\.yml:\d+:\d+: not valid YAML: /],
    [
      'blocks that can decide nothing',
      ['max_blocks: 12', 'min_blocks: 2, max_blocks: 3'],
      /measure\.max_blocks: 3 blocks cannot decide anything/,
    ],
  ])('%s', async (_, [from, to], message) => {
    expect(GOOD).toContain(from);
    project.configure(GOOD.replace(from, to));
    expectRefusal(await runCli(project.gate), message);
  });

  it('a link that leads outside', async () => {
    const link = join(project.directory, 'link');
    symlinkSync('/etc', link);
    try {
      project.configure(GOOD.replace('directory: fn', 'directory: link'));
      expectRefusal(await runCli(project.gate), /functions\.nothing\.directory: "link": leads to \/etc, outside/);
    } finally {
      rmSync(link);
    }
  });

  it('none at all', async () => {
    rmSync(config());
    expectRefusal(
      await runCli(project.gate),
      `${config()}: no such file; give the config with --config, or write one with isogate init`,
    );
  });

  it('a function that is not in it', async () => {
    expectRefusal(
      await runCli([...project.gate, '--function', 'other']),
      `other: no such function in ${config()}; accepted: nothing`,
    );
  });
});

describe('a baseline that cannot be read', () => {
  it('a file in the place of the directory', async () => {
    const file = join(project.directory, 'baseline');
    writeFileSync(file, '');
    expectRefusal(
      await runCli([...project.gate, '--baseline', file]),
      /^isogate: baseline: .*\/baseline cannot be read \(ENOTDIR: .*\); name a readable directory\n$/,
    );
  });

  it('a directory in the place of a file', async () => {
    const store = join(project.directory, 'store');
    mkdirSync(store);
    writeFileSync(join(store, 'good'), 'not a directory');
    expectRefusal(await runCli([...project.gate, '--baseline', store]), /good cannot be read \(ENOTDIR/);
  });
});

describe('a samples file that cannot be decided', () => {
  const header = (): string =>
    JSON.stringify({
      ...{ type: 'header', schema: 'isogate.samples/1' },
      config: { functions: { f: {} }, isolations: { native: {}, runc: {} }, budgets: { runc: { latency: '+5%' } } },
    });
  const instance = (more: object): string =>
    JSON.stringify({
      ...{ type: 'instance', function: 'f', isolation: 'runc', block: 0, arm: 'treatment', status: 'ok' },
      ...more,
    });

  it.each<[string, () => string[], string]>([
    ['an empty one', () => [], 'no header; accepted: a samples file (isogate.samples/1)'],
    ['no header', () => [instance({})], '1: type: "instance": accepted: a header as the first line'],
    ['another schema', () => ['{"type":"header","schema":"other/1"}'], '1: '],
    [
      'a line that is no JSON',
      () => [header(), 'oops', instance({})],
      '2: "oops": not JSON; accepted: one JSON object a line',
    ],
    [
      'text for a number',
      () => [header(), instance({ metrics: { latency_ms: 'fast' } })],
      '2: metrics.latency_ms: "fast": accepted: number',
    ],
    [
      'a status that there is not',
      () => [header(), instance({ status: 'fine' })],
      '2: status: "fine": accepted: ("ok" | ',
    ],
    [
      'an arm twice',
      () => [header(), instance({}), instance({})],
      '3: block: 0: f/runc (treatment, head) stands in line 2 already',
    ],
  ])('%s', async (_, lines, message) => {
    const file = join(project.directory, 'samples.jsonl');
    writeFileSync(
      file,
      lines()
        .map((line) => `${line}\n`)
        .join(''),
    );
    const { code, out, log } = await runCli(['replay', file]);
    expect({ code, out, log }).toEqual({ code: 4, out: '', log: expect.stringMatching(/^isogate: [^\n]+\n$/) });
    expect(log).toContain(`${file}:${message.startsWith('no ') ? ' ' : ''}${message}`);
  });

  it.each([
    ['nothing-there.jsonl', /: cannot be read \(ENOENT: /],
    ['fn', /: not a regular file; name a samples\.jsonl/],
  ])('%s', async (name, message) => {
    const { code, log } = await runCli(['replay', join(project.directory, name)]);
    expect(code).toBe(4);
    expect(log).toMatch(message);
    expect(log.trimEnd()).not.toContain('\n');
  });

  it('names the bad one of many, after the verdicts of those before it', async () => {
    const good = join(ROOT, 'fixtures/samples/pass.jsonl');
    const { code, out, log } = await runCli(['replay', '--json', good, join(project.directory, 'none.jsonl'), good]);
    expect(code).toBe(4);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).verdict),
    ).toEqual(['pass']);
    expect(log).toContain('none.jsonl: cannot be read');
  });
});

describe('a command line that is wrong', () => {
  it.each([
    [['gate', '--tim', '3s'], "unknown option '--tim' (Did you mean --time?)"],
    [['gate', '--time', '3'], /^isogate: --time: "3": .*\n$/],
    [['gate', '--seed', '-1'], /seed/],
    [['replay'], "missing required argument 'file'"],
    [['baseline', 'accept', 'x'], "required option '--reason <text>' not specified"],
    [[], 'a command is missing; see isogate --help'],
  ])('%j', async (argv, message) => {
    expectRefusal(await runCli(argv, { cwd: project.directory }), message);
  });
});

describe('what asks for nothing to be run', () => {
  it('--version', async () => {
    const { code, out, log } = await runCli(['--version'], { cwd: project.directory });
    expect({ code, log }).toEqual({ code: 0, log: '' });
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['--help'], ['init', 'probe', 'gate', 'replay', 'baseline', 'clean', '3 not measured; 4 bad config or input']],
    [
      ['gate', '--help'],
      ['--config <file>', '--out <dir>', '--baseline <store>', '--time-budget <duration>', '--json'],
    ],
    [
      ['replay', '--help'],
      ['<file...>', '--config <file>', '--json'],
    ],
  ])('%j', async (argv, words) => {
    const { code, out, log } = await runCli(argv, { cwd: project.directory });
    expect({ code, log }).toEqual({ code: 0, log: '' });
    for (const word of words) expect(out).toContain(word);
  });
});
