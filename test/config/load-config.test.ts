import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { failure, workspace } from './workspace-fixture.ts';

const YAML = `name: api
functions:
  thumbnail:
    directory: fn
    handler: src/thumbnail.mjs#handler
    events: [fn/events/b.json, "fn/events/*.json"]
    build: [npm, ci, --omit=dev]
    budgets: { gvisor: { latency: +40% } }
  count: { command: [./count, -v], directory: fn }
resources: { memory: 512MiB }
isolations:
  native:
  runc: {}
  gvisor: { platform: ptrace, required: true }
  micro: { type: qemu-microvm, accelerator: [kvm, tcg], kernel: vmlinux }
budgets:
  runc: { latency: 1.05x, cold_start: +150ms }
  micro: { memory: +40MiB }
regression: { latency: +5%, control: +10% }
measure: { time: 2m, min_blocks: 8, timeout: 10s }
fail_on: [fail, inconclusive, not-measured]
`;

const FILES = {
  'isogate.yml': YAML,
  vmlinux: 'ELF',
  'fn/src/thumbnail.mjs': 'export const handler = () => 1;',
  'fn/events/b.json': '{"b":1}',
  'fn/events/a.json': '{"a":1}',
};

const ISOLATION = {
  ...{ required: null, platform: 'systrap', runtime: null, accelerator: ['kvm'], kernel: null },
  ...{ pci: false, jailer: false, configure: 'api' },
};

test('a config becomes records with absolute paths, numbers and defaults', async () => {
  const root = workspace(FILES);
  const { document, ...config } = await loadConfig(join(root, 'isogate.yml'));
  expect(config).toEqual({
    name: 'api',
    functions: [
      {
        name: 'thumbnail',
        runtime: 'node',
        directory: join(root, 'fn'),
        handler: { file: 'src/thumbnail.mjs', export: 'handler' },
        command: null,
        http: null,
        events: ['b', 'a', 'b'].map((name) => join(root, `fn/events/${name}.json`)),
        build: ['npm', 'ci', '--omit=dev'],
        image: { kind: 'host' },
        buildNetwork: false,
        env: { literal: {}, fromRunner: [], taken: {} },
        problem: null,
        programs: [],
        exclude: [],
        expect: { kind: 'success' },
        deterministic: true,
        budgets: { gvisor: { latency: { scale: 'ratio', factor: 1.4, text: '+40%' } } },
      },
      {
        name: 'count',
        runtime: 'command',
        directory: join(root, 'fn'),
        handler: null,
        command: ['./count', '-v'],
        http: null,
        events: [],
        build: null,
        image: { kind: 'host' },
        buildNetwork: false,
        env: { literal: {}, fromRunner: [], taken: {} },
        problem: null,
        programs: [],
        exclude: [],
        expect: { kind: 'success' },
        deterministic: true,
        budgets: {},
      },
    ],
    workspace: root,
    control: 'native',
    resources: { cpus: 1, memoryBytes: 536_870_912, guestOverheadBytes: 134_217_728, tmpBytes: 536_870_912 },
    isolations: [
      { ...ISOLATION, name: 'native', type: 'native' },
      { ...ISOLATION, name: 'runc', type: 'runc' },
      { ...ISOLATION, name: 'gvisor', type: 'gvisor', required: true, platform: 'ptrace' },
      {
        ...ISOLATION,
        name: 'micro',
        type: 'qemu-microvm',
        accelerator: ['kvm', 'tcg'],
        kernel: { path: join(root, 'vmlinux') },
      },
    ],
    budgets: {
      runc: {
        latency: { scale: 'ratio', factor: 1.05, text: '1.05x' },
        cold_start: { scale: 'difference', amount: 150, unit: 'ms', text: '+150ms' },
      },
      micro: { memory: { scale: 'difference', amount: 41_943_040, unit: 'bytes', text: '+40MiB' } },
    },
    regression: {
      latency: { scale: 'ratio', factor: 1.05, text: '+5%' },
      control: { scale: 'ratio', factor: 1.1, text: '+10%' },
    },
    regressionFloor: { ratio: 1.01, timeMs: 0.02, memoryBytes: 262_144 },
    measure: {
      timeMs: 120_000,
      maxTimeMs: 600_000,
      minBlocks: 8,
      maxBlocks: 60,
      invocations: 30,
      warmup: 5,
      cache: 'warm',
      timeoutMs: 10_000,
    },
    failOn: ['fail', 'inconclusive', 'not-measured'],
    failOnBase: false,
    compare: 'both',
    waivers: [],
    gateEmulated: false,
  });
  expect(document['isolations']).toEqual({
    native: { type: 'native' },
    runc: { type: 'runc' },
    gvisor: { type: 'gvisor', required: true, platform: 'ptrace' },
    micro: { type: 'qemu-microvm', accelerator: ['kvm', 'tcg'], kernel: 'vmlinux' },
  });
});

test('paths may leave the directory of the config but not the git top level', async () => {
  const root = workspace({
    'services/api/isogate.yml':
      'functions: { f: { command: [./f], directory: ../../shared } }\nisolations: { native: }\n',
    'shared/f': '',
  });
  const path = join(root, 'services/api/isogate.yml');
  const outside = await failure(() => loadConfig(path));
  expect(outside.message).toBe(
    `${path}:1: functions.f.directory: "../../shared": leads to ${root}/shared, outside the workspace ${root}/services/api`,
  );
  await execa('git', ['init', '--quiet', root]);
  expect((await loadConfig(path)).functions[0]?.directory).toBe(join(root, 'shared'));
});

test('without path checks nothing but the config itself has to exist', async () => {
  const root = workspace({ 'isogate.yml': YAML });
  const config = await loadConfig(join(root, 'isogate.yml'), { checkPaths: false });
  expect(config.functions[0]?.directory).toBe('fn');
  expect(config.functions[0]?.events).toEqual(['fn/events/b.json', 'fn/events/*.json']);
});

test.each([
  [59, 'latency_p95', 'runc: { latency_p95: +5% }'],
  [299, 'latency_p99', 'runc: { latency_p95: +5%, latency_p99: +5% }'],
])('invocations are raised to %d where %s is limited, and a warning says so', async (invocations, metric, budgets) => {
  const root = workspace({
    'isogate.yml': `functions: { f: { command: [./f] } }\nisolations: { native: , runc: }\nbudgets: { ${budgets} }\n`,
  });
  const config = await loadConfig(join(root, 'isogate.yml'));
  expect(config.measure.invocations).toBe(invocations);
  const message = `measure.invocations raised from 30 to ${invocations}: ${metric} is limited and needs as many`;
  expect(config.warnings).toEqual([{ code: 'invocations-raised', message }]);
});

test('a config that is not there, not a file, or a link that leaves the workspace', async () => {
  const root = workspace({ 'inside/a': '', 'outside.yml': YAML });
  const hint = 'give the config with --config, or write one with isogate init';
  expect(await failure(() => loadConfig(join(root, 'no.yml')))).toEqual({
    name: 'BadInputError',
    message: `${root}/no.yml: no such file; ${hint}`,
  });
  expect((await failure(() => loadConfig(join(root, 'inside')))).message).toBe(`${root}/inside: not a regular file`);
  symlinkSync('../outside.yml', join(root, 'inside/isogate.yml'));
  expect((await failure(() => loadConfig(join(root, 'inside/isogate.yml')))).message).toBe(
    `${root}/inside/isogate.yml: leads to ${root}/outside.yml, outside the workspace ${root}/inside`,
  );
});

test('a named pipe is refused at once, a huge file unread', async () => {
  const root = workspace({ 'big.yml': `# ${'x'.repeat(256 * 1024)}\n` });
  await execa('mkfifo', [join(root, 'pipe.yml')]);
  expect((await failure(() => loadConfig(join(root, 'pipe.yml')))).message).toBe(
    `${root}/pipe.yml: not a regular file`,
  );
  expect((await failure(() => loadConfig(join(root, 'big.yml')))).message).toBe(
    `${root}/big.yml: 262147 bytes; accepted: at most 262144`,
  );
});

test('a linked directory inside the workspace is followed', async () => {
  const root = workspace({
    'real/f': '',
    'isogate.yml': 'functions: { f: { command: [./f], directory: link } }\nisolations: { native: }\n',
  });
  symlinkSync('real', join(root, 'link'));
  mkdirSync(join(root, 'other'));
  expect((await loadConfig(join(root, 'isogate.yml'))).functions[0]?.directory).toBe(realpathSync(join(root, 'real')));
});

test('a gate without a name is called after the place of its configuration', async () => {
  const text = 'functions: { f: { command: [./f] } }\nisolations: { native: }\n';
  const files = ['isogate.yml', 'packages/a/isogate.yml', 'packages/b/isogate.yml', 'packages/b/cold.yml'];
  const root = workspace({
    ...{ f: '', 'packages/a/f': '', 'packages/b/f': '' },
    ...Object.fromEntries(files.map((name) => [name, text])),
    'named.yml': `name: web/api\n${text}`,
  });
  mkdirSync(join(root, '.git'));
  const load = async (name: string) => (await loadConfig(join(root, name))).name;
  expect(await Promise.all([...files, 'named.yml'].map(load))).toEqual([
    ...['isogate', 'packages/a', 'packages/b', 'packages/b/cold', 'web/api'],
  ]);
  // What stands in the header of the samples is decided again under the same name.
  const { document } = await loadConfig(join(root, 'packages/a/isogate.yml'));
  expect(document['name']).toBe('packages/a');
});

test("a text given decides instead of the file's; paths stay relative to the file", async () => {
  const root = workspace({ 'fn/f': '', 'isogate.yml': 'broken: [' });
  const text = 'functions: { f: { command: [./f], directory: fn } }\nisolations: { native: }\n';
  for (const name of ['isogate.yml', 'deleted.yml']) {
    const config = await loadConfig(join(root, name), { text });
    expect(config.functions[0]?.directory).toBe(join(root, 'fn'));
  }
  const wrong = await failure(() => loadConfig(join(root, 'deleted.yml'), { text: 'functions: {}\n' }));
  expect(wrong.message).toBe(`${root}/deleted.yml:1: isolations: missing`);
});

test('a linked directory that holds the config leads neither out of the workspace nor into another repository', async () => {
  const text = 'functions: { f: { command: [./f] } }\nisolations: { native: }\n';
  const outside = workspace({ 'isogate.yml': text, 'sub/isogate.yml': text });
  await execa('git', ['init', '--quiet', outside]);
  const root = workspace({ 'real/isogate.yml': text });
  await execa('git', ['init', '--quiet', root]);
  symlinkSync(outside, join(root, 'ci'));
  symlinkSync('real', join(root, 'inner'));
  for (const [name, real] of [
    ['ci/isogate.yml', outside],
    ['ci/sub/isogate.yml', join(outside, 'sub')],
  ] as const) {
    const path = join(root, name);
    const message = `${path}: its directory leads to ${real}, outside the workspace ${root}`;
    expect(await failure(() => loadConfig(path))).toEqual({ name: 'BadInputError', message });
    expect(await failure(() => loadConfig(path, { workspace: root, text }))).toEqual({
      name: 'BadInputError',
      message,
    });
  }
  for (const options of [{}, { workspace: root }]) {
    const config = await loadConfig(join(root, 'inner/isogate.yml'), options);
    expect(config.functions[0]?.directory).toBe(join(root, 'real'));
  }
});

test('the workspace that the caller names is what paths may not leave', async () => {
  const root = workspace({
    'api/isogate.yml': 'functions: { f: { command: [./f], directory: ../shared } }\nisolations: { native: }\n',
    'shared/f': '',
  });
  const path = join(root, 'api/isogate.yml');
  expect((await loadConfig(path, { workspace: root })).functions[0]?.directory).toBe(join(root, 'shared'));
  expect((await failure(() => loadConfig(path, { workspace: join(root, 'api') }))).message).toContain(
    `outside the workspace ${root}/api`,
  );
});
