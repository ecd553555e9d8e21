import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildImage } from '../../../src/image/build-image.ts';
import { isProgramIn } from '../../../src/image/runtime/plan-in-tree.ts';
import { buildSource } from '../../../src/image/source/build-source.ts';
import { UNPACK_LIMITS, type UnpackLimits } from '../../../src/image/source/settle-tree.ts';
import { digestTree } from '../../../src/image/tree/digest-tree.ts';
import type { FunctionConfig, ImageSource } from '../../../src/model/config.ts';
import type { FunctionImage } from '../../../src/model/image.ts';
import { list } from '../../support/read-quietly.ts';
import { needsRoot } from '../../support/skip-unless.ts';
import { paxHeader, type RawMember, rawTar } from '../raw-tar.ts';
import { addOddities, makeSmallRoot } from '../small-root.ts';
import {
  functionConfig,
  openWorkshop,
  RESOURCES,
  resultsOf,
  runBundle,
  type Workshop,
  writeTree,
} from '../workshop.ts';

let shop: Workshop;
let root: string;
let directory: string;

const build = (image: ImageSource, more: Partial<FunctionConfig> = {}): Promise<FunctionImage> =>
  buildImage({
    function: functionConfig(directory, { handler: { file: 'f.mjs', export: 'handler' }, image, ...more }),
    ...{ resources: RESOURCES, cacheDir: shop.cacheDir, guestDir: shop.guestDir, kernel: null, log: shop.log },
  });
const failure = (promise: Promise<unknown>): Promise<{ name: string; message: string }> =>
  promise.then(
    () => ({ name: 'none', message: 'no error was thrown' }),
    ({ name, message }: Error) => ({ name, message }),
  );
const tar = (...args: string[]) => execFileSync('tar', args, { stdio: ['ignore', 'pipe', 'pipe'] });
const ATTRIBUTES = ['--xattrs', '--xattrs-include=*'];

/** What becomes of a tar: its tree, or why it is refused. */
async function unpack(members: RawMember[] | Buffer, limits: Partial<UnpackLimits> = {}): Promise<string> {
  const path = join(shop.dir, 'made.tar');
  writeFileSync(path, Buffer.isBuffer(members) ? members : rawTar(members));
  const config = functionConfig(directory, { handler: { file: 'f.mjs', export: 'handler' } });
  const source = await buildSource(
    config,
    { kind: 'rootfs', path },
    { ...shop, limits: { ...UNPACK_LIMITS, ...limits } },
  );
  return source.dir;
}

beforeAll(() => {
  if (process.getuid?.() !== 0) return;
  shop = openWorkshop();
  root = makeSmallRoot(join(shop.dir, 'root'));
  addOddities(root);
  directory = writeTree(join(shop.dir, 'fn'), {
    'f.mjs':
      "import os from 'node:os';\nexport const handler = (event) => [event, process.execPath, os.userInfo().username];",
  });
}, 60_000);
afterAll(() => shop?.remove());

describe('rootfs', () => {
  needsRoot();

  test('a directory becomes the root file system, as it is', async () => {
    const image = await build({ kind: 'rootfs', path: root });
    const data = join(image.rootfsDir, 'data');
    const owned = lstatSync(join(data, 'owned'));
    expect([owned.uid, owned.gid, owned.mode & 0o7777]).toEqual([1234, 5678, 0o640]);
    expect(lstatSync(join(data, 'second-name')).ino).toBe(owned.ino);
    expect(lstatSync(join(data, 'null'))).toMatchObject({ rdev: 0x103, mode: 0o20666 });
    expect(lstatSync(join(data, 'pipe')).isFIFO()).toBe(true);
    expect(lstatSync(join(data, 'set-id')).mode & 0o7777).toBe(0o4755);
    const attributes = execFileSync('getfattr', ['-dm', '-', '-e', 'hex', join(data, 'marked')], { encoding: 'utf8' });
    expect(attributes).toContain('user.colour=0x626c7565');
    expect(attributes).toContain('security.capability=0x0100000200040000000000000000000000000000');
    expect(image.runtime).toMatchObject({
      name: 'node',
      version: process.versions.node,
      interpreter: expect.stringMatching(/^\/.*node$/),
    });
    expect(image.process.args).toContain('/usr/bin/node');
    expect(image.source).toMatch(/^rootfs root \(sha256:[0-9a-f]{64}\)$/);
    // Nobody else gets at set-id programs and devices that somebody else chose.
    for (const kind of ['source', 'whole']) expect(lstatSync(join(shop.cacheDir, kind)).mode & 0o777).toBe(0o700);
    const answers = await runBundle(shop, image, [1]);
    expect(resultsOf(answers)).toEqual([[1, '/opt/node/bin/node', 'function']]);
  }, 120_000);

  test.each([
    ['plain', []],
    ['gzip', ['gzip']],
    ['xz', ['xz', '-0']],
    ['zstd', ['zstd', '-q']],
    ['bzip2', ['bzip2', '-1']],
    ['lz4', ['lz4', '-q']],
  ])('a tar makes the same tree: %s', async (name, [tool, ...args]) => {
    const small = writeTree(join(shop.dir, `small-${name}`), { 'etc/x': 'x\n', 'a!': 'a\n' });
    addOddities(small);
    let bytes = tar('-C', small, ...ATTRIBUTES, '-cf', '-', '.');
    if (tool) bytes = execFileSync(tool, [...args, '-c'], { input: bytes });
    const fromTar = await unpack(bytes);
    const config = functionConfig(directory, {});
    const fromDirectory = await buildSource(config, { kind: 'rootfs', path: small }, shop);
    const attributes = { attributes: true };
    expect(await digestTree(fromTar, attributes)).toBe(await digestTree(fromDirectory.dir, attributes));
    expect(readFileSync(join(fromTar, 'data/owned'), 'utf8')).toBe('owned\n');
  });

  test('its digest sees owners, modes, devices, which names are one file, and attributes', async () => {
    const tree = join(shop.dir, 'seen');
    const alter = async (...argv: string[]): Promise<string> => {
      rmSync(tree, { recursive: true, force: true });
      mkdirSync(tree);
      addOddities(tree);
      // Times of files count, and these are new each time.
      execFileSync('find', [tree, '-exec', 'touch', '-hd', '@1000000000', '{}', '+']);
      if (argv.length > 0) execFileSync(argv[0] ?? '', argv.slice(1), { cwd: join(tree, 'data') });
      return digestTree(tree, { attributes: true });
    };
    const digests = [
      await alter(),
      await alter('chown', '1', 'owned'),
      await alter('chmod', '755', 'set-id'),
      await alter('touch', '-d', '@1', 'owned'),
      await alter('sh', '-c', 'rm null; mknod -m 666 null c 1 5'),
      await alter('sh', '-c', 'rm second-name; cp -p owned second-name'),
      await alter('setfattr', '-n', 'user.colour', '-v', 'red', 'marked'),
      await alter('setfattr', '-x', 'security.capability', 'marked'),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    expect(await alter()).toBe(digests[0]);
  });

  const victim = () => join(shop.dir, 'victim');
  test.each<[string, RawMember[], RegExp]>([
    [
      'a name upwards',
      [{ name: '../victim/x', content: 'x' }],
      /made\.tar .* cannot be unpacked: \.\.\/victim\/x: Member name contains/,
    ],
    [
      'a name down and upwards',
      [{ name: 'a/b/../../../victim/x' }],
      /a\/b\/\.\.\/\.\.\/\.\.\/victim\/x: Member name contains/,
    ],
    ['an absolute name upwards', [{ name: '/../victim/x' }], /\/\.\.\/victim\/x: Member name contains/],
    [
      'a pax name upwards',
      [paxHeader({ path: '../victim/x' }), { name: 'harmless' }],
      /\.\.\/victim\/x: Member name contains/,
    ],
    ['a hard link upwards', [{ name: 'x', type: '1', link: '../../etc/passwd' }], /x: Cannot hard link/],
    ['a hard link to a file of the machine', [{ name: 'x', type: '1', link: '/etc/passwd' }], /x: Cannot hard link/],
    [
      'a pax link upwards',
      [paxHeader({ linkpath: '../../etc/passwd' }), { name: 'x', type: '1', link: 'y' }],
      /x: Cannot hard link/,
    ],
    [
      'a name through a link upwards',
      [{ name: 'l', type: '2', link: '../victim' }, { name: 'l/x' }],
      /l\/x: Cannot open/,
    ],
    [
      'the mark of a deleted file',
      [{ name: 'gone', type: '3', device: [0, 0] }],
      /has gone, the mark of a deleted file/,
    ],
    ['a name that is not UTF-8', [{ name: 'x\xff' }], /has a name that is not UTF-8: x/],
  ])('refused, with the member: %s', async (_, members, message) => {
    mkdirSync(victim(), { recursive: true });
    const told = await failure(unpack(members));
    expect(told.message).toMatch(message);
    expect(told.name).toBe('BadInputError');
    expect(existsSync(join(victim(), 'x'))).toBe(false);
  });

  test('links that lead out of the tree are links of the tree: nothing is written through them', async () => {
    mkdirSync(victim(), { recursive: true });
    const members: RawMember[] = [
      { name: 'direct', type: '2', link: victim() },
      { name: 'direct/x', content: 'x' },
    ];
    expect((await failure(unpack(members))).message).toContain('direct/x: Cannot open');
    const chain: RawMember[] = [
      { name: 'a', type: '5', mode: 0o755 },
      { name: 'a/up', type: '2', link: '..' },
      { name: 'a/top', type: '2', link: 'up/..' },
      { name: 'a/top/victim/x', content: 'x' },
    ];
    await failure(unpack(chain));
    expect(existsSync(join(victim(), 'x'))).toBe(false);
    const dir = await unpack([{ name: '/etc/absolute', content: 'x' }]);
    expect(readFileSync(join(dir, 'etc/absolute'), 'utf8')).toBe('x');
    expect(shop.lines).toContain(
      'root file system of fn: names and links that start with / were taken as relative to the root',
    );
  });

  test('limits: bytes, one file, files, holes', async () => {
    const file = (name: string, bytes: number): RawMember => ({ name, content: Buffer.alloc(bytes, 'x') });
    const many = Array.from({ length: 20 }, (_, index) => file(`f${index}`, 4096));
    expect((await failure(unpack(many, { bytes: 65_536 }))).message).toMatch(/is more than 65536 bytes unpacked/);
    expect((await failure(unpack(many, { entries: 10 }))).message).toMatch(/holds more than 10 files/);
    expect((await failure(unpack([file('big', 70_000)], { fileBytes: 65_536 }))).message).toMatch(
      /holds a file of more than 65536 bytes: big$/,
    );
    const holes = join(shop.dir, 'holes');
    mkdirSync(holes);
    for (const name of ['a', 'b']) execFileSync('truncate', ['-s', '1M', join(holes, name)]);
    const sparse = tar('-C', holes, '--sparse', '-cf', '-', '.');
    expect((await failure(unpack(sparse, { bytes: 1_500_000 }))).message).toMatch(/bytes unpacked, holes included/);
    expect((await failure(unpack(sparse, { fileBytes: 65_536 }))).message).toMatch(/holds a file of more than/);
  });

  test.each<[string, () => RawMember[] | Buffer, RegExp]>([
    ['no tar', () => Buffer.from('hello'), /is not a tar: accepted are/],
    [
      'cut off',
      () => execFileSync('gzip', ['-c'], { input: rawTar([{ name: 'a', content: 'x'.repeat(9000) }]) }).subarray(0, 40),
      /cannot be/,
    ],
    [
      'a /proc that is a link',
      () => [{ name: 'proc', type: '2', link: '/etc' }],
      /has \/proc, which is not a directory/,
    ],
    [
      'something at /.isogate',
      () => [{ name: '.isogate/agent', content: 'x' }],
      /has \/\.isogate: an image is to leave that free/,
    ],
    [
      'something at /function',
      () => [{ name: 'function', type: '2', link: '/etc' }],
      /has \/function: an image is to leave that free/,
    ],
    ['no node', () => [{ name: 'usr/bin/node', content: 'x' }], /has no node on its PATH/],
    [
      'no node that runs',
      () => [{ name: 'usr/bin/node', content: '#!/bin/false\n', mode: 0o755 }],
      /usr\/bin\/node --version does not run/,
    ],
  ])('refused in one line: %s', async (_, make, message) => {
    const made = make();
    const members =
      Array.isArray(made) && !made.some(({ name }) => name === 'usr/bin/node')
        ? [...made, { name: 'usr/bin/node', content: '#!/bin/sh', mode: 0o755 }]
        : made;
    const path = join(shop.dir, 'one.tar');
    writeFileSync(path, Buffer.isBuffer(members) ? members : rawTar(members));
    const told = await failure(build({ kind: 'rootfs', path }));
    expect(told.message).toMatch(message);
    expect(told.name).toBe('BadInputError');
    expect(told.message).not.toContain('\n');
  });

  test('refused in one line: a node that takes gigabytes of memory for its version', async () => {
    const root = makeSmallRoot(join(shop.dir, 'greedy'));
    rmSync(join(root, 'usr/bin/node'));
    const greedy = '#!/opt/node/bin/node\nconst all = [];\nfor (;;) all.push(Buffer.alloc(2 ** 26, 1));\n';
    writeFileSync(join(root, 'usr/bin/node'), greedy, { mode: 0o755 });
    const told = await failure(build({ kind: 'rootfs', path: root }));
    expect(told.message).toContain('/usr/bin/node --version does not run: ran out of its 1 GiB of memory');
    expect(told.name).toBe('BadInputError');
  });

  test('a run that is stopped ends the unpacking at once, and leaves nothing', async () => {
    const stop = new AbortController();
    const large = join(shop.dir, 'large');
    mkdirSync(large);
    for (const name of ['a', 'b', 'c']) execFileSync('truncate', ['-s', '3G', join(large, name)]);
    setTimeout(() => stop.abort(new Error('stopped')), 700);
    const building = buildSource(
      functionConfig(directory, {}),
      { kind: 'rootfs', path: large },
      { ...shop, signal: stop.signal },
    );
    await expect(building).rejects.toThrow('stopped');
    expect(list(join(shop.cacheDir, 'source')).filter((name) => name.startsWith('.partial'))).toEqual([]);
  });

  test('links of an image are followed inside of it', async () => {
    const inside = join(shop.dir, 'links');
    mkdirSync(join(inside, 'opt/x'), { recursive: true });
    writeFileSync(join(inside, 'opt/x/node'), '', { mode: 0o755 });
    const link = (target: string, name: string) => symlinkSync(target, join(inside, name));
    mkdirSync(join(inside, 'bin'));
    link('/opt/x/node', 'bin/absolute');
    link('../../../../opt/x/node', 'bin/upwards');
    link('loop', 'bin/loop');
    link('/etc/passwd', 'bin/outside');
    expect(isProgramIn(inside, '/bin/absolute')).toBe(true);
    expect(isProgramIn(inside, '/bin/upwards')).toBe(true);
    for (const name of ['loop', 'outside', 'none', 'absolute/x'])
      expect(isProgramIn(inside, `/bin/${name}`)).toBe(false);
  });
});
