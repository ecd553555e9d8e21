import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildFunction } from '../../../src/image/build/build-function.ts';
import { installsPackages } from '../../../src/image/build/locate-packages.ts';
import type { FunctionConfig } from '../../../src/model/config.ts';
import { functionConfig, openWorkshop, type Workshop, writeTree } from '../workshop.ts';

let shop: Workshop;
let root: string;
beforeEach(() => {
  shop = openWorkshop();
  root = join(realpathSync(shop.dir), 'checkout');
});
afterEach(() => shop.remove());

const link = (path: string, target: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
};
const manifest = (dependencies: string[], more: object = {}): string =>
  JSON.stringify({ dependencies: Object.fromEntries(dependencies.map((name) => [name, '*'])), ...more });
const build = (directory: string, more: Partial<FunctionConfig> = {}) =>
  buildFunction(
    functionConfig(join(root, directory), { name: 'api', handler: { file: 'api.mjs', export: 'handler' }, ...more }),
    { ...shop, boundary: root },
  );
const filesOf = (tree: Awaited<ReturnType<typeof build>>): string[] =>
  tree.entries.filter(({ kind }) => kind !== 'directory').map(({ path }) => path);

describe('packages above a function’s directory', () => {
  it('of a workspace of npm or Yarn come along with what they depend on, and nothing else does', async () => {
    writeTree(root, {
      'package.json': '{"workspaces":["packages/*"]}',
      'packages/api/package.json': manifest(['left', '@app/lib']),
      'packages/api/api.mjs': "import 'left'; import '@app/lib'; export const handler = () => 1;",
      'packages/lib/package.json': manifest(['deep']),
      'packages/lib/index.js': '',
      'packages/lib/node_modules/deep/package.json': '{}',
      'packages/lib/node_modules/unused/package.json': '{}',
      'packages/other/index.js': '',
      'node_modules/left/package.json': manifest([], { optionalDependencies: { right: '*' } }),
      'node_modules/left/node_modules/inner/package.json': '{}',
      'node_modules/right/package.json': '{}',
      'node_modules/typescript/package.json': '{}',
    });
    link('node_modules/@app/lib', '../../packages/lib');
    const tree = await build('packages/api');
    expect([tree.dir, tree.at]).toEqual([root, 'packages/api']);
    expect(filesOf(tree)).toEqual([
      'node_modules/@app/lib',
      'node_modules/left/node_modules/inner/package.json',
      'node_modules/left/package.json',
      'node_modules/right/package.json',
      'packages/api/api.mjs',
      'packages/api/package.json',
      'packages/lib/index.js',
      'packages/lib/node_modules/deep/package.json',
      'packages/lib/package.json',
    ]);
  });

  it('of pnpm come along by their links', async () => {
    writeTree(root, {
      'packages/api/package.json': manifest(['left']),
      'packages/api/api.mjs': "import 'left';",
      'node_modules/.pnpm/left@1/node_modules/left/package.json': manifest(['right']),
      'node_modules/.pnpm/right@1/node_modules/right/package.json': '{}',
      'node_modules/.pnpm/dev@1/node_modules/dev/package.json': '{}',
    });
    link('packages/api/node_modules/left', '../../../node_modules/.pnpm/left@1/node_modules/left');
    link('packages/api/node_modules/dev', '../../../node_modules/.pnpm/dev@1/node_modules/dev');
    link('node_modules/.pnpm/left@1/node_modules/right', '../../right@1/node_modules/right');
    expect(filesOf(await build('packages/api'))).toEqual([
      'node_modules/.pnpm/left@1/node_modules/left/package.json',
      'node_modules/.pnpm/left@1/node_modules/right',
      'node_modules/.pnpm/right@1/node_modules/right/package.json',
      'packages/api/api.mjs',
      'packages/api/node_modules/dev',
      'packages/api/node_modules/left',
      'packages/api/package.json',
    ]);
  });

  it('are taken where a script imports one that no package.json of its own names', async () => {
    writeTree(root, {
      'functions/api/api.mjs': "import { one } from './one.mjs';",
      'functions/api/one.mjs': "export const one = await import('left/deep.js');",
      'node_modules/left/deep.js': '',
      'node_modules/other/index.js': '',
    });
    const tree = await build('functions/api');
    expect(filesOf(tree)).toEqual(['functions/api/api.mjs', 'functions/api/one.mjs', 'node_modules/left/deep.js']);
    expect((await build('functions/api', { exclude: ['/one.mjs'] })).entries.map(({ path }) => path)).not.toContain(
      'functions/api/one.mjs',
    );
  });

  it('are not taken where nothing asks for them', async () => {
    writeTree(root, { 'fn/api.mjs': "import 'node:fs'; import './x.mjs';", 'node_modules/left/index.js': '' });
    expect(await build('fn')).toMatchObject({ dir: join(root, 'fn'), at: '' });
  });
});

describe('packages that are more than those of any real function', () => {
  const numbered = (count: number, name: string) => Array.from({ length: count }, (_, index) => `${name}${index}`);
  const api = "import 'left'; export const handler = () => 1;";

  it.each([
    ['its own', 'packages/api/package.json'],
    ['a package’s', 'node_modules/left/package.json'],
  ])('are refused in one manifest, %s', async (_, file) => {
    writeTree(root, {
      'packages/api/api.mjs': api,
      'node_modules/left/index.js': '',
      [file]: manifest(numbered(2001, 'p')),
    });
    const error: Error = await build('packages/api').catch((thrown) => thrown);
    expect(`${error.name}: ${error.message.replaceAll(root, '')}`).toMatch(
      /^BadInputError: functions\.api: .*depends on 2001 packages by .*package\.json; accepted: at most 2000$/,
    );
  });

  it('are refused where they are looked for in too many places', async () => {
    const packages = numbered(101, 'p');
    const files = packages.map((name) => [
      `node_modules/${name}/package.json`,
      manifest([...packages.slice(0, 100), ...numbered(1900, `${name}-`)]),
    ]);
    writeTree(root, {
      'packages/api/api.mjs': "import 'p0'; import 'p100'; export const handler = () => 1;",
      ...Object.fromEntries(files),
    });
    await expect(build('packages/api')).rejects.toThrow(
      'packages/api has its packages looked for in more than 200000 places: install what it needs into its own node_modules',
    );
  });

  it('are followed through many links to one manifest', async () => {
    const packages = numbered(100, 'p');
    writeTree(root, {
      'packages/api/api.mjs': "import 'p0'; export const handler = () => 1;",
      'shared.json': manifest(packages),
    });
    for (const name of packages) link(`node_modules/${name}/package.json`, '../../shared.json');
    const tree = await build('packages/api', { exclude: ['package.json'] }).catch((thrown: Error) => thrown.message);
    expect(tree).toMatchObject({ dir: root, at: 'packages/api' });
  });
});

describe('packages that nobody has installed', () => {
  it('are named with the command that installs them', async () => {
    writeTree(root, {
      'pnpm-lock.yaml': '',
      'packages/api/package.json': manifest(['left', 'unused']),
      'packages/api/api.mjs': "import './more.js';",
      'packages/api/more.js': "const left = require('left/x');",
    });
    await expect(build('packages/api')).rejects.toThrow(
      'functions.api: imports left, which its package.json asks for and no node_modules has: run pnpm install --frozen-lockfile first, or let it be installed by build: [npm, ci, --omit=dev] with build_network: true',
    );
  });

  it('are not missed in a bundle, which imports none of them', async () => {
    writeTree(root, { 'package.json': manifest(['left']), 'dist/api.mjs': 'export const handler = () => 1;' });
    const handler = { file: 'dist/api.mjs', export: 'handler' };
    expect(filesOf(await build('.', { handler }))).toEqual(['dist/api.mjs', 'package.json']);
  });
});

it.each([
  [['npm', 'ci', '--omit=dev'], true],
  [['sh', '-c', 'cd x && pnpm install'], true],
  [['yarn'], true],
  [['yarn', '--immutable'], true],
  [['npm', 'run', 'build'], false],
  [['yarn', 'build'], false],
  [['npx', 'esbuild'], false],
])('%j installs packages: %s', (argv, installs) => {
  expect(installsPackages(argv)).toBe(installs);
});
