import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.ts';
import { failure, pathsIn, workspace } from './workspace-fixture.ts';

const DOCUMENT = {
  functions: {
    f: { handler: 'a.py:handler', events: 'events/*.json', budgets: { runc: { latency_p95: '+5%' } } },
    g: { command: ['./g'], directory: 'sub', build: ['make'], build_network: true },
  },
  isolations: {
    native: null,
    runc: {},
    micro: { type: 'qemu-microvm', accelerator: ['tcg', 'tcg'], kernel: 'vmlinux' },
  },
  budgets: { micro: { memory: '+40MiB' } },
};
const FILES = { 'a.py': '', 'sub/g': '', 'events/1.json': '{}', vmlinux: 'ELF' };

test('the effective document, parsed again, gives the same config', () => {
  const root = workspace(FILES);
  const first = parseConfig(DOCUMENT, { source: 'isogate.yml', paths: pathsIn(root) });
  const { warnings, ...expected } = first;
  expect(warnings?.map((warning) => warning.code)).toEqual(['invocations-raised']);
  expect(parseConfig(JSON.parse(JSON.stringify(first.document)), { source: 'x', paths: pathsIn(root) })).toEqual(
    expected,
  );
});

test('the effective document has every default', () => {
  expect(parseConfig(DOCUMENT, { source: 'x', paths: null }).document).toEqual({
    name: 'isogate',
    functions: {
      f: {
        handler: 'a.py:handler',
        directory: '.',
        events: ['events/*.json'],
        image: 'host',
        build_network: false,
        programs: [],
        exclude: [],
        budgets: { runc: { latency_p95: '+5%' } },
      },
      g: {
        command: ['./g'],
        directory: 'sub',
        image: 'host',
        build: ['make'],
        build_network: true,
        programs: [],
        exclude: [],
        budgets: {},
      },
    },
    control: 'native',
    resources: { cpus: 1, memory: '256MiB', guest_overhead: '128MiB', tmp: '512MiB' },
    isolations: {
      native: { type: 'native' },
      runc: { type: 'runc' },
      micro: { type: 'qemu-microvm', accelerator: ['tcg'], kernel: 'vmlinux' },
    },
    budgets: { micro: { memory: '+40MiB' } },
    regression: { floor: { share: '+1%', time: '+20us', memory: '+256KiB' } },
    measure: {
      time: '120s',
      min_blocks: 3,
      max_blocks: 60,
      invocations: 59,
      warmup: 5,
      timeout: '30s',
      cache: 'warm',
    },
    fail_on: ['fail', 'not-measured'],
    fail_on_base: false,
    compare: 'both',
    gate_emulated: false,
  });
});

test("a samples header's config needs neither files nor handlers", async () => {
  const document = {
    functions: { f: {} },
    isolations: { native: {}, runc: {} },
    budgets: { runc: { latency: '+5%' } },
  };
  const config = parseConfig(document, { source: 'samples.jsonl:1', paths: null });
  expect(config.functions).toEqual([
    {
      name: 'f',
      runtime: 'command',
      directory: '.',
      handler: null,
      command: null,
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
  ]);
  const wrong = { ...document, budgets: { runc: { latency: '5%' } } };
  expect((await failure(() => parseConfig(wrong, { source: 'samples.jsonl:1', paths: null }))).message).toBe(
    'samples.jsonl:1: budgets.runc.latency: "5%": the sign is missing; accepted: 1.15x, +15%, +20us, +30ms or +2s',
  );
});

test('samples may hold isolations that cannot run here', async () => {
  const document = {
    isolations: { native: {}, fc: { type: 'firecracker', kernel: '/k' }, kata: {} },
    budgets: { kata: {} },
  };
  const config = parseConfig(document, { source: 'x', paths: null });
  expect(config.isolations.map(({ name, type }) => [name, type])).toEqual([
    ['native', 'native'],
    ['fc', 'firecracker'],
    ['kata', 'kata'],
  ]);
  expect(parseConfig(config.document, { source: 'x', paths: null })).toEqual(config);
  const unknown = { isolations: { native: {}, jail: {} } };
  expect((await failure(() => parseConfig(unknown, { source: 'x', paths: null }))).message).toContain(
    'x: isolations.jail: not a known type, and no type given; accepted types: native, bubblewrap, runc, crun, docker',
  );
});

const outsideLinks = (): string => {
  const root = workspace({ 'work/fn/a.mjs': '', 'work/other/b.mjs': '', 'secret.json': '{}', 'secret/c.mjs': '' });
  symlinkSync('../../secret.json', join(root, 'work/fn/link.json'));
  symlinkSync('../../secret', join(root, 'work/fn/away'));
  symlinkSync('../other', join(root, 'work/fn/beside'));
  symlinkSync('nowhere', join(root, 'work/fn/broken'));
  symlinkSync('circle', join(root, 'work/fn/circle'));
  return root;
};

const NATIVE = { native: {} };
test.each([
  [{ handler: 'away/c.mjs#h' }, 'handler: "away/c.mjs": leads to TOP/secret/c.mjs, outside TOP/work/fn'],
  [{ handler: 'beside/b.mjs#h' }, 'handler: "beside/b.mjs": leads to TOP/work/other/b.mjs, outside TOP/work/fn'],
  [
    { handler: 'away/not-yet/d.mjs#h' },
    'handler: "away/not-yet/d.mjs": leads to TOP/secret/not-yet/d.mjs, outside TOP/work/fn',
  ],
  [{ handler: 'broken/d.mjs#h' }, 'handler: "broken/d.mjs": a symbolic link that leads nowhere'],
  [{ handler: 'circle#h' }, 'handler: "circle#h": not a handler; accepted: FILE.mjs#EXPORT'],
  [
    { command: ['./f'], events: 'fn/link.json' },
    'events: "fn/link.json": leads to TOP/secret.json, outside the workspace TOP/work',
  ],
  [{ command: ['./f'], events: 'fn/*.json' }, 'events: "fn/*.json": no file matches in TOP/work'],
  [{ command: ['./f'], events: 'fn/away/*.json' }, 'events: "fn/away/*.json": outside the workspace TOP/work'],
  [{ command: ['./f'], directory: 'fn/circle' }, 'directory: "fn/circle": a symbolic link that leads nowhere'],
  [
    { command: ['./f'], directory: 'fn/away' },
    'directory: "fn/away": leads to TOP/secret, outside the workspace TOP/work',
  ],
])('%j', async (settings, message) => {
  const top = outsideLinks();
  const root = join(top, 'work');
  const document = { functions: { f: { directory: 'fn', ...settings } }, isolations: NATIVE };
  const thrown = await failure(() => parseConfig(document, { source: 'x', paths: pathsIn(root) }));
  expect(thrown.name).toBe('BadInputError');
  expect(thrown.message).toContain(`x: functions.f.${message.replaceAll('TOP', top)}`);
});

test('a handler that only the build makes is accepted', () => {
  const root = workspace({ 'fn/package.json': '{}' });
  const document = { functions: { f: { directory: 'fn', handler: './dist/../dist/a.mjs#h' } }, isolations: NATIVE };
  expect(parseConfig(document, { source: 'x', paths: pathsIn(root) }).functions[0]?.handler).toEqual({
    file: 'dist/a.mjs',
    export: 'h',
  });
});

test('a server is started by its command and called as it says', () => {
  const root = workspace(FILES);
  const parse = (http: object, more: object = {}) => {
    const document = { functions: { f: { http, ...more } }, isolations: { native: null, runc: null } };
    return parseConfig(document, { source: 'x', paths: pathsIn(root) }).functions[0];
  };
  expect(parse({ command: ['node', 'server.js'], port: 8080 })).toMatchObject({
    runtime: 'http',
    handler: null,
    command: ['node', 'server.js'],
    http: { port: 8080, path: '/', method: 'POST', headers: { 'content-type': 'application/json' }, ready: null },
  });
  const given = {
    path: '/a?b=c',
    method: 'PUT',
    headers: { 'Content-Type': 'text/plain', 'X-Key': '1' },
    ready: '/up',
  };
  const headers = { 'content-type': 'text/plain', 'x-key': '1' };
  const expected = { port: 1, path: '/a?b=c', method: 'PUT', headers, ready: '/up' };
  expect(parse({ port: 1, ...given }, { image: { docker: 'node:24' } })).toMatchObject({
    command: null,
    http: expected,
  });
  expect(parse({ command: ['./f'], port: 1, method: 'GET' })?.http?.headers).toEqual({});
});
