import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { findProgram } from '../../../src/host/find-program.ts';
import { buildImage } from '../../../src/image/build-image.ts';
import { confinedAsker } from '../../../src/image/runtime/ask-program.ts';
import { buildRuntime } from '../../../src/image/runtime/build-runtime.ts';
import { findPython } from '../../../src/image/runtime/find-runtimes.ts';
import type { FunctionConfig } from '../../../src/model/config.ts';
import { needsRoot } from '../../support/skip-unless.ts';
import { functionConfig, openWorkshop, RESOURCES, type Workshop, writeTree } from '../workshop.ts';

needsRoot();

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

/** Each in a cache of its own, as with --fresh. */
let caches = 0;
const buildFresh = (directory: string, more: Partial<FunctionConfig> = {}) =>
  buildImage({
    ...shop,
    cacheDir: join(shop.dir, `cache-${++caches}`),
    function: functionConfig(directory, {
      ...{ runtime: 'python', handler: { file: 'app.py', export: 'handler' } },
      ...more,
    }),
    resources: RESOURCES,
    kernel: null,
  });

const bytecodeIn = (rootfs: string, directory: string): string[] => {
  const path = join(rootfs, 'function', directory, '__pycache__');
  return existsSync(path) ? readdirSync(path).map((name) => name.replace(/\.cpython-\d+/, '')) : [];
};

const PACKAGE = {
  'app.py': 'import shop.cart\n\ndef handler(event, context):\n    return shop.cart.TAXES\n',
  'shop/__init__.py': '',
  // The order in a set of strings follows their hashes, which are random unless they are fixed.
  'shop/cart.py': 'TAXES = 1\n\ndef taxed(name):\n    return name in {"a", "b", "c", "d", "e", "f", "g", "h"}\n',
  'old.py': 'print "Python 2"\n',
  // Found before the standard library's by whatever runs in this directory.
  'py_compile.py': 'raise RuntimeError("the function’s own was imported")\n',
};

it('compiles modules so that the image’s Python uses them, whatever the times of files', async () => {
  const image = await buildFresh(writeTree(join(shop.dir, 'package'), PACKAGE));
  expect(bytecodeIn(image.rootfsDir, '.')).toEqual(['app.pyc', 'py_compile.pyc']);
  expect(bytecodeIn(image.rootfsDir, 'shop')).toEqual(['__init__.pyc', 'cart.pyc']);
  const python = image.process.args[image.process.args.indexOf('--') + 1] as string;
  const script = 'import sys; sys.path.insert(0, "/function"); import app';
  const { stderr } = spawnSync('chroot', [image.rootfsDir, python, '-B', '-v', '-c', script], { encoding: 'utf8' });
  const used = [...stderr.matchAll(/# code object from '\/function\/(.*?)\.cpython-\d+\.pyc'/g)].map(
    ([, name]) => name,
  );
  expect(used).toEqual(['__pycache__/app', 'shop/__pycache__/__init__', 'shop/__pycache__/cart']);
});

it('leaves out bytecode that names the time of its source', async () => {
  const script = `unset SOURCE_DATE_EPOCH; python3 -c 'import compileall; compileall.compile_dir("shop", quiet=1)'
    cp -r shop bare; rm bare/*.py`;
  const dir = writeTree(join(shop.dir, 'stale'), { ...PACKAGE, 'py_compile.py': '' });
  const image = await buildFresh(dir, { build: ['sh', '-c', script] });
  expect(bytecodeIn(image.rootfsDir, 'shop')).toEqual(['__init__.pyc', 'cart.pyc']);
  expect(existsSync(join(image.rootfsDir, 'function/bare'))).toBe(true);
  expect(existsSync(join(image.rootfsDir, 'function/bare/__pycache__'))).toBe(false);
});

/** A wheel of one module and a script, as a registry has it. */
async function writeWheel(file: string): Promise<void> {
  const zip = new ZipFile();
  const about = 'cart-1.0.dist-info';
  const files = {
    'cart/__init__.py': PACKAGE['shop/cart.py'],
    [`${about}/METADATA`]: 'Metadata-Version: 2.1\nName: cart\nVersion: 1.0\n',
    [`${about}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: by-hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${about}/entry_points.txt`]: '[console_scripts]\ncart = cart:taxed\n',
    [`${about}/RECORD`]: '',
  };
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  writeFileSync(file, Buffer.concat(parts));
}

it('makes one image of one input, installed by pip from requirements', async (context) => {
  if (findProgram('pip3') === null) return context.skip('there is no pip3');
  const dir = writeTree(join(shop.dir, 'pip'), {
    'app.py': 'import cart\n\ndef handler(event, context):\n    return cart.TAXES\n',
    'requirements.txt': './cart-1.0-py3-none-any.whl\n',
  });
  await writeWheel(join(dir, 'cart-1.0-py3-none-any.whl'));
  const build = ['pip3', 'install', '--no-index', '-r', 'requirements.txt', '--target', '.'];
  const [first, second] = [await buildFresh(dir, { build }), await buildFresh(dir, { build })];
  expect(bytecodeIn(first.rootfsDir, 'cart')).toEqual(['__init__.pyc']);
  expect(existsSync(join(first.rootfsDir, 'function/cart-1.0.dist-info/RECORD'))).toBe(true);
  expect(second.digest).toBe(first.digest);
});

it('makes one image of one input, installed by npm', async () => {
  const dir = writeTree(join(shop.dir, 'npm'), {
    'index.js': 'exports.handler = () => require("cart").taxes;\n',
    'package.json': '{"name":"fn","version":"1.0.0","dependencies":{"cart":"file:cart"}}',
    'cart/package.json': '{"name":"cart","version":"1.0.0","main":"index.js","bin":"index.js"}',
    'cart/index.js': 'exports.taxes = 1;\n',
  });
  const more: Partial<FunctionConfig> = {
    runtime: 'node',
    handler: { file: 'index.js', export: 'handler' },
    build: ['npm', 'install', '--install-links'],
  };
  const [first, second] = [await buildFresh(dir, more), await buildFresh(dir, more)];
  const lock = readFileSync(join(first.rootfsDir, 'function/node_modules/.package-lock.json'), 'utf8');
  expect(JSON.parse(lock).packages['node_modules/cart'].version).toBe('1.0.0');
  expect(second.digest).toBe(first.digest);
});

it('does not count what pnpm notes of an installation', async () => {
  const dir = writeTree(join(shop.dir, 'pnpm'), { 'index.js': 'exports.handler = () => 1;\n' });
  const note = 'date +%s%N';
  const script = `mkdir -p node_modules/cart .pnpm-store; echo 1 > node_modules/cart/index.js; ${note} > .pnpm-store/index.json
    ${note} > node_modules/.modules.yaml; ${note} > node_modules/.pnpm-workspace-state-v1.json`;
  const more: Partial<FunctionConfig> = {
    runtime: 'node',
    handler: { file: 'index.js', export: 'handler' },
    build: ['sh', '-c', script],
  };
  const [first, second] = [await buildFresh(dir, more), await buildFresh(dir, more)];
  expect(readdirSync(join(first.rootfsDir, 'function/node_modules'))).toEqual(['cart']);
  expect(second.digest).toBe(first.digest);
});

it('compiles a function in a root file system that it brings, by the Python in there', async () => {
  const python = await findPython(confinedAsker(shop));
  const cacheDir = join(shop.dir, 'cache-of-root');
  const { dir: root } = await buildRuntime(python, { ...shop, cacheDir });
  const dir = writeTree(join(shop.dir, 'brought'), {
    ...PACKAGE,
    // Its flags, after four bytes of a Python's number, are 0: it names a time.
    'shop/__pycache__/cart.cpython-27.pyc': 'py27\0\0\0\0 and so on',
  });
  const bring: Partial<FunctionConfig> = { image: { kind: 'rootfs', path: root }, exclude: ['!__pycache__/'] };
  const [first, second] = [await buildFresh(dir, bring), await buildFresh(dir, bring)];
  expect(bytecodeIn(first.rootfsDir, '.')).toEqual(['app.pyc', 'py_compile.pyc']);
  expect(bytecodeIn(first.rootfsDir, 'shop')).toEqual(['__init__.pyc', 'cart.pyc']);
  const importer = 'import sys; sys.path.insert(0, "/function"); import app';
  const program = first.runtime.interpreter as string;
  const said = spawnSync('chroot', [first.rootfsDir, program, '-B', '-v', '-c', importer], {
    encoding: 'utf8',
  });
  expect(said.stderr).toMatch(/# code object from '\/function\/shop\/__pycache__\/cart\.cpython-\d+\.pyc'/);
  expect(second.digest).toBe(first.digest);
});
