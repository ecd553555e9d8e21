import { copyFileSync, existsSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage, buildNullImage } from '../../src/image/build-image.ts';
import { confinedAsker } from '../../src/image/runtime/ask-program.ts';
import { findPython } from '../../src/image/runtime/find-runtimes.ts';
import { digestTree } from '../../src/image/tree/digest-tree.ts';
import type { FunctionConfig } from '../../src/model/config.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import { needsRoot } from '../support/skip-unless.ts';
import { functionConfig, openWorkshop, RESOURCES, resultsOf, runBundle, type Workshop, writeTree } from './workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => {
  shop.remove();
  expect(existsSync(shop.dir)).toBe(false);
});

const build = (config: FunctionConfig, cacheDir = shop.cacheDir): Promise<FunctionImage> =>
  buildImage({ ...shop, cacheDir, function: config, resources: RESOURCES, kernel: null });

const HANDLER = { file: 'fn.mjs', export: 'handler' };
const NODE = `import { writeFileSync } from 'node:fs';
import os from 'node:os';
const attempt = (file) => { try { writeFileSync(file, 'x'); return 'written'; } catch (error) { return error.code; } };
export const handler = (event) => {
  console.log('a print that must not reach the channel');
  const interfaces = Object.keys(os.networkInterfaces()).filter((name) => name !== 'lo');
  return { event, user: os.userInfo().username, root: attempt('/function/x'), tmp: attempt('/tmp/x'), interfaces, cwd: process.cwd(), heap: process.execArgv };
};`;
const PYTHON = `import ctypes, hashlib, json, lzma, os, sqlite3, ssl, sys, zoneinfo
def handler(event):
    return [event['n'] * 2, str(zoneinfo.ZoneInfo('Europe/Berlin')), os.path.exists(json.__cached__), len(sys.path), os.getuid()]
`;

describe('an image under runc', () => {
  needsRoot();

  it('runs a Node handler as the function’s user on a read-only root without network', async () => {
    const dir = writeTree(join(shop.dir, 'node'), { 'fn.mjs': NODE });
    const answers = await runBundle(shop, await build(functionConfig(dir, { handler: HANDLER })), [{ n: 7 }]);
    expect(answers.lines.slice(0, 2)).toMatchObject([
      {
        type: 'hello',
        evidence: {
          uid: '1900000000',
          seccomp: '2',
          cap_bnd: '00000000a80425fb',
          cap_eff: '0000000000000000',
          no_new_privs: '1',
          pid: '1',
        },
      },
      { type: 'ready', runtime: 'node' },
    ]);
    expect(resultsOf(answers)).toEqual([
      {
        event: { n: 7 },
        user: 'function',
        root: 'EROFS',
        tmp: 'written',
        interfaces: [],
        cwd: '/function',
        heap: ['--max-old-space-size=192', '--max-semi-space-size=16'],
      },
    ]);
    expect(answers).toMatchObject({ stderr: expect.stringContaining('a print that must'), exitCode: 0 });
  });

  it('runs a Python handler with the whole standard library, compiled', async () => {
    const dir = writeTree(join(shop.dir, 'python'), { 'fn.py': PYTHON });
    const config = functionConfig(dir, { runtime: 'python', handler: { file: 'fn.py', export: 'handler' } });
    const image = await build(config);
    const answers = await runBundle(shop, image, [{ n: 21 }]);
    // sys.path: /function, the zip, the library, lib-dynload; no site-packages.
    expect(resultsOf(answers)).toEqual([[42, 'Europe/Berlin', true, 4, 1900000000]]);
    const { version, compile } = await findPython(confinedAsker(shop));
    const tag = version.split('.').slice(0, 2).join('');
    const cached = join(image.rootfsDir, compile?.dirs[0] ?? '', `json/__pycache__/__init__.cpython-${tag}.pyc`);
    const header = Buffer.alloc(8);
    readSync(openSync(cached, 'r'), header);
    // PEP 552: hash-based and not checked, so that no time of a file matters.
    expect(header.readUInt32LE(4)).toBe(1);
    expect(existsSync(join(image.rootfsDir, compile?.dirs[0] ?? '', 'site-packages'))).toBe(false);
  });

  it('answers from the null image at once', async () => {
    const image = await buildNullImage({ ...shop, resources: RESOURCES, kernel: null });
    const answers = await runBundle(shop, image, [{}, {}]);
    expect(resultsOf(answers)).toEqual([null, null]);
    expect(image.runtime).toEqual({ name: 'null', version: '1' });
  });

  const READY = '{"type":"ready","runtime":"test","version":"1"}';
  const shell = `echo '${READY}'\nwhile read -r line; do echo '{"id":1,"ok":true,"result":"'$1'","ns":[1]}'; done\n`;
  const node = `console.log('${READY}'); require('node:readline').createInterface({ input: process.stdin })
.on('line', () => console.log(JSON.stringify({ id: 1, ok: true, result: process.argv[2], ns: [1] })));\n`;
  const python = `import json, sys\nprint('${READY}')\nfor line in sys.stdin: print(json.dumps({'id': 1, 'ok': True, 'result': sys.argv[1], 'ns': [1]}), flush=True)\n`;
  it.each([
    { what: 'a shell script', files: { 'bin/fn!': `#!/bin/sh\n${shell}` }, command: ['bin/fn', 'sh'] },
    { what: 'a file without a slash', files: { 'fn!': `#!/bin/sh\n${shell}` }, command: ['fn', 'plain'] },
    { what: 'a Node script by env', files: { 'fn!': `#!/usr/bin/env node\n${node}` }, command: ['./fn', 'env-node'] },
    {
      what: 'a Python script by env',
      files: { 'fn!': `#!/usr/bin/env python3\n${python}` },
      command: ['./fn', 'env-py'],
    },
    { what: 'python3 of PATH', files: { 'fn.py': python }, command: ['python3', 'fn.py', 'path-py'] },
    { what: 'node of PATH', files: { 'fn.cjs': node }, command: ['node', 'fn.cjs', 'path-node'] },
    { what: 'sh of PATH', files: { 'fn.sh': shell }, command: ['sh', 'fn.sh', 'path-sh'] },
  ])('runs a command: $what', async ({ what, files, command }) => {
    const dir = writeTree(join(shop.dir, what.replaceAll(' ', '-')), files as Record<string, string>);
    const image = await build(functionConfig(dir, { runtime: 'command', command }));
    const answers = await runBundle(shop, image, [{}]);
    expect(answers.stderr).toBe('');
    expect(resultsOf(answers)).toEqual([command.at(-1)]);
  });

  it('runs a command: a static binary, with nothing of the machine’s libraries', async () => {
    const dir = writeTree(join(shop.dir, 'static'), {});
    writeTree(dir, { 'fn!': '' });
    copyFileSync(join(shop.guestDir, 'agent'), join(dir, 'fn'));
    const image = await build(functionConfig(dir, { runtime: 'command', command: ['./fn', 'null'] }));
    expect(resultsOf(await runBundle(shop, image, [{}]))).toEqual([null]);
    expect(image.warmFiles.filter((file) => file.includes('.so'))).toEqual([]);
  });

  const runsc = '/opt/isogate/bin/runsc';
  it('is accepted by gVisor too', async (context) => {
    context.skip(!existsSync(runsc), `${runsc} is missing: run scripts/setup-runner`);
    const dir = writeTree(join(shop.dir, 'node'), { 'fn.mjs': NODE });
    const image = await build(functionConfig(dir, { handler: HANDLER }));
    const answers = await runBundle(
      shop,
      image,
      [{ n: 8 }],
      [runsc, '--network=none', '--platform=ptrace', '--ignore-cgroups'],
    );
    expect(resultsOf(answers)).toMatchObject([{ event: { n: 8 }, root: 'EROFS', tmp: 'written' }]);
  });
});

describe('the cache', () => {
  const config = () => {
    const dir = writeTree(join(shop.dir, 'cached'), { 'fn.mjs': 'export const handler = () => 1;\n' });
    return functionConfig(dir, { name: 'cached', handler: HANDLER });
  };
  const said = (): string[] => shop.lines.splice(0).filter((line) => line.startsWith('image '));

  it('builds once and the same in another place', async () => {
    said();
    const first = await build(config());
    expect(said()).toEqual([expect.stringMatching(/^image cached: built in [0-9.]+ s \(sha256:[0-9a-f]{12}\)$/)]);
    const inode = statSync(first.rootfsDir).ino;
    const second = await build(config());
    expect(said()).toEqual([expect.stringMatching(/^image cached: reused from the cache/)]);
    expect(second).toEqual(first);
    expect(statSync(second.rootfsDir).ino).toBe(inode);
    const elsewhere = await build(config(), join(shop.dir, 'other-cache'));
    expect(elsewhere.digest).toBe(first.digest);
    expect(elsewhere.rootfsDir).not.toBe(first.rootfsDir);
  });

  it('has the digest that it has without what a run left in the function’s directory', async () => {
    const before = await build(config());
    const out = join(shop.dir, 'cached/results');
    writeTree(out, { 'samples.jsonl': 'x', 'deep/report.md': 'y' });
    const common = { ...shop, function: config(), resources: RESOURCES, kernel: null };
    expect(await buildImage({ ...common, leaveOut: [out] })).toEqual(before);
    expect((await buildImage(common)).digest).not.toBe(before.digest);
    rmSync(out, { recursive: true });
  });

  it('makes the same Python image each time, bytecode and all', async () => {
    const dir = writeTree(join(shop.dir, 'python-again'), { 'fn.py': PYTHON });
    const python = functionConfig(dir, { runtime: 'python', handler: { file: 'fn.py', export: 'handler' } });
    const images = [await build(python), await build(python, join(shop.dir, 'other-cache'))];
    expect(images[0]?.digest).toBe(images[1]?.digest);
  });

  it('sees that an image was altered and builds it again', async () => {
    const image = await build(config());
    const file = join(image.rootfsDir, 'function/fn.mjs');
    writeFileSync(file, 'export const handler = () => 666;\n');
    said();
    const again = await build(config());
    expect(said()).toEqual([
      expect.stringMatching(
        /^image cached: the cached one was altered \(sha256:\w+ recorded, sha256:\w+ found\); building it again$/,
      ),
      expect.stringMatching(/^image cached: built in/),
    ]);
    expect(again.digest).toBe(image.digest);
    expect(await digestTree(dirname(file))).toBe(await digestTree(join(shop.dir, 'cached')));
  });

  it('makes another image of another content, memory or agent', async () => {
    const first = await build(config());
    const smaller = { ...RESOURCES, memoryBytes: 128 * 2 ** 20 };
    const second = await buildImage({ ...shop, function: config(), resources: smaller, kernel: null });
    writeTree(join(shop.dir, 'cached'), { 'fn.mjs': 'export const handler = () => 2;\n' });
    const third = await build(functionConfig(join(shop.dir, 'cached'), { name: 'cached', handler: HANDLER }));
    expect(new Set([first.digest, second.digest, third.digest]).size).toBe(3);
    expect(new Set([first.rootfsDir, second.rootfsDir, third.rootfsDir]).size).toBe(3);
  });
});
