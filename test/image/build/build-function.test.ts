import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFunction } from '../../../src/image/build/build-function.ts';
import type { FunctionConfig } from '../../../src/model/config.ts';
import { functionConfig, openWorkshop, type Workshop, writeTree } from '../workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

let trees = 0;
const newTree = (files: Record<string, string>): string => writeTree(join(shop.dir, `tree-${++trees}`), files);
const build = (dir: string, argv: string[] | null, more: Partial<FunctionConfig> = {}) =>
  buildFunction(functionConfig(dir, { name: 'built', build: argv, ...more }), shop);
const failure = (dir: string, argv: string[] | null): Promise<string> =>
  build(dir, argv).then(
    () => 'no error',
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe('a tree without a build', () => {
  it('is the directory itself, without .git and isogate-out', async () => {
    const dir = newTree({
      'fn.mjs': '',
      'sub/.git': 'gitdir: x',
      '.git/config': 'token',
      'isogate-out/a': '',
      'node_modules/m/i.js': '',
    });
    const tree = await build(dir, null);
    expect(tree.dir).toBe(dir);
    expect(tree.entries.map((entry) => entry.path)).toEqual([
      'fn.mjs',
      'node_modules',
      'node_modules/m',
      'node_modules/m/i.js',
      'sub',
    ]);
    writeFileSync(join(dir, '.git/config'), 'another');
    expect((await build(dir, null)).digest).toBe(tree.digest);
  });

  it('is the same with and without what the run itself writes and reads', async () => {
    const dir = newTree({ 'fn.mjs': '', 'a/out/kept': '' });
    const alias = join(shop.dir, 'alias');
    symlinkSync(dir, alias);
    const { digest } = await build(dir, null);
    writeTree(dir, { 'out/samples.jsonl': 'x', 'ci/baselines/f.jsonl': 'y' });
    mkdirSync(join(dir, 'ci/empty'));
    const left = (...leaveOut: string[]) => buildFunction(functionConfig(dir, {}), { ...shop, leaveOut });
    expect((await left(join(dir, 'out'), join(dir, 'ci'))).digest).toBe(digest);
    expect((await left(join(alias, 'out'), join(dir, 'ci'), join(dir, 'none'), '/')).digest).toBe(digest);
    // The directory itself cannot be left out, nor what lies beside it.
    const whole = await build(dir, null);
    expect(whole.digest).not.toBe(digest);
    expect(await left(dir, join(dir, '..'), `${dir}-out`)).toEqual(whole);
  });

  it.each([
    ['up', '../x', '../x'],
    ['absolute', '/etc/passwd', '/etc/passwd'],
    ['by a detour', 'in/../../x', 'in/../../x'],
  ])('is refused with a link that leads out: %s', async (_, target, shown) => {
    const dir = newTree({ 'in/fn.mjs': '' });
    symlinkSync(target, join(dir, 'link'));
    expect(await failure(dir, null)).toBe(
      `BadInputError: functions.built: ${dir} has the link link to ${shown}, which leads out of it: copy what it points to, or name it in exclude to leave it out`,
    );
  });

  it('is refused with a link that leads out by way of another link', async () => {
    const dir = newTree({ 'a/b/fn.mjs': '', '../outside': '' });
    symlinkSync('..', join(dir, 'a/up'));
    symlinkSync('up/../outside', join(dir, 'a/link'));
    expect(await failure(dir, null)).toContain('has the link a/link to up/../outside, which leads out of it');
  });

  it('is the same with and without what no function needs, and the log names what may be missed', async () => {
    const dir = newTree({ 'fn.mjs': '', 'lib/a.py': '', 'node_modules/m/i.js': '' });
    const { digest } = await build(dir, null);
    const before = shop.lines.length;
    writeTree(dir, {
      '.env': 'KEY=secret',
      'lib/.env.production': 'KEY=secret',
      'run.log': 'one line',
      'node_modules/.cache/x/y': '',
      '.github/workflows/ci.yml': '',
      'lib/__pycache__/a.cpython-311.pyc': '',
      '.pytest_cache/v': '',
      'isogate.yml': 'functions: {}',
    });
    expect((await build(dir, null)).digest).toBe(digest);
    writeFileSync(join(dir, 'run.log'), 'two lines');
    expect((await build(dir, null)).digest).toBe(digest);
    expect(shop.lines.slice(before)[0]).toBe(
      'files of built: left out of the image: .env, run.log, lib/.env.production, node_modules/.cache (a pattern with ! in exclude brings back)',
    );
  });

  it('is without what exclude names, and with what it brings back', async () => {
    const dir = newTree({ 'fn.mjs': '', '.env': '', 'data/a.log': '', 'data/b.log': '', 'docs/x.md': '', 'x.md': '' });
    const { entries } = await build(dir, null, { exclude: ['!.env', '!/data/a.log', '/docs/', '*.md', '!x.md'] });
    expect(entries.map((entry) => entry.path)).toEqual(['.env', 'data', 'data/a.log', 'fn.mjs', 'x.md']);
  });

  it('is refused where exclude leaves out its handler', async () => {
    const dir = newTree({ 'src/fn.mjs': '' });
    const handler = { file: 'src/fn.mjs', export: 'handler' };
    await expect(build(dir, null, { exclude: ['src/'], handler })).rejects.toThrow(
      'has its handler src/fn.mjs left out: bring it back in exclude, with ! in front',
    );
  });

  it('is without the links by which a virtual environment finds the machine’s Python', async () => {
    const dir = newTree({ 'app.py': '', '.venv/pyvenv.cfg': 'home = /usr/bin', '.venv/bin/tool!': '' });
    const packages = '.venv/lib/python3.11/site-packages';
    writeTree(dir, { [`${packages}/one.py`]: '' });
    symlinkSync('/usr/bin/python3', join(dir, '.venv/bin/python3'));
    symlinkSync('python3', join(dir, '.venv/bin/python'));
    symlinkSync('lib', join(dir, '.venv/lib64'));
    const { entries } = await build(dir, null);
    expect(entries.filter((entry) => entry.kind !== 'directory').map((entry) => entry.path)).toEqual([
      '.venv/bin/tool',
      '.venv/lib/python3.11/site-packages/one.py',
      '.venv/lib64',
      '.venv/pyvenv.cfg',
      'app.py',
    ]);
  });

  it('is refused with a name that is not UTF-8', async () => {
    const dir = newTree({ 'fn.mjs': '' });
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/caf`), Buffer.from([0xe9])]), '');
    expect(await failure(dir, null)).toBe(
      `BadInputError: functions.built: ${dir} has a name that is not UTF-8: caf\ufffd: rename it, or name it in exclude`,
    );
  });

  it('may have links inside, and links to nothing', async () => {
    const dir = newTree({ 'a/fn.mjs': '' });
    symlinkSync('../a/fn.mjs', join(dir, 'a/inside'));
    symlinkSync('nothing', join(dir, 'dangling'));
    expect((await build(dir, null)).entries.map((entry) => entry.path)).toEqual([
      'a',
      'a/fn.mjs',
      'a/inside',
      'dangling',
    ]);
  });

  it('is refused with a socket in it', async () => {
    const dir = newTree({});
    mkdirSync(dir, { recursive: true });
    const server = createServer().listen(join(dir, 's'));
    expect(await failure(dir, null)).toContain('has s, which is a socket, pipe or device');
    server.close();
  });
});
