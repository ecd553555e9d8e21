/** Files as people have them: a virtual environment, a secret that only its owner may read, a workspace. */

import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildImage } from '../../src/image/build-image.ts';
import type { FunctionConfig } from '../../src/model/config.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import { functionConfig, openWorkshop, RESOURCES, type Workshop, writeTree } from './workshop.ts';

let shop: Workshop;
let root: string;
beforeEach(({ skip }) => {
  skip(process.getuid?.() !== 0, 'only root can start a function');
  shop = openWorkshop();
  root = join(realpathSync(shop.dir), 'checkout');
});
afterEach(() => shop?.remove());

const build = (directory: string, more: Partial<FunctionConfig>): Promise<FunctionImage> =>
  buildImage({
    ...{ ...shop, boundary: root, resources: RESOURCES, kernel: null },
    function: functionConfig(join(root, directory), more),
  });

/** The answer to one event, from a process that runs as `native` would start it. */
function answerOf({ rootfsDir, process: started }: FunctionImage): unknown {
  const user = ['--uid', String(started.uid), '--gid', String(started.gid)];
  const launch = ['launch', '--root', rootfsDir, '--cwd', started.cwd, ...user, '--', ...started.args];
  const input = `${JSON.stringify({ id: 1, event: {}, repeat: 1 })}\n`;
  const output = execFileSync(join(shop.guestDir, 'agent'), launch, { env: started.env, input, encoding: 'utf8' });
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '').result;
}

describe('a function reads', () => {
  it('a file of mode 0600 that it brings, which keeps its mode', async () => {
    writeTree(join(root, 'fn'), {
      'fn.mjs': "import { readFileSync } from 'node:fs'; export const handler = () => readFileSync('.env', 'utf8');",
      '.env': 'KEY=secret',
    });
    chmodSync(join(root, 'fn/.env'), 0o600);
    const handler = { file: 'fn.mjs', export: 'handler' };
    const image = await build('fn', { handler, exclude: ['!.env'] });
    expect(lstatSync(join(image.rootfsDir, 'function/.env'))).toMatchObject({ mode: 0o100600, uid: 1_900_000_000 });
    expect(answerOf(image)).toBe('KEY=secret');
    chmodSync(join(root, 'fn/.env'), 0o644);
    expect((await build('fn', { handler, exclude: ['!.env'] })).digest).toBe(image.digest);
  });

  it('packages of a virtual environment, whose links to the machine’s Python stay out', async () => {
    const version = execFileSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
      encoding: 'utf8',
    }).trim();
    writeTree(join(root, 'fn'), {
      'app.py': 'import only_here\ndef handler(event):\n    return only_here.VALUE\n',
      '.venv/pyvenv.cfg': 'home = /usr/bin\n',
      [`.venv/lib/python${version}/site-packages/only_here.py`]: 'VALUE = 7\n',
    });
    mkdirSync(join(root, 'fn/.venv/bin'));
    symlinkSync('/usr/bin/python3', join(root, 'fn/.venv/bin/python3'));
    const image = await build('fn', { runtime: 'python', handler: { file: 'app.py', export: 'handler' } });
    expect(answerOf(image)).toBe(7);
    expect(shop.lines).toContain(
      'files of fn: left out of the image: .venv/bin/python3 (a pattern with ! in exclude brings back)',
    );
  });

  it('packages of a workspace above its directory', async () => {
    writeTree(root, {
      'package.json': '{"workspaces":["packages/*"]}',
      'packages/api/package.json': '{"type":"module","dependencies":{"left":"*","@app/lib":"*"}}',
      'packages/api/api.js':
        "import left from 'left'; import { lib } from '@app/lib'; export const handler = () => [left, lib, process.cwd()];",
      'packages/lib/package.json': '{"name":"@app/lib","type":"module","exports":"./index.js"}',
      'packages/lib/index.js': "export const lib = 'lib';",
      'node_modules/left/package.json': '{"name":"left"}',
      'node_modules/left/index.js': "module.exports = 'left';",
      'node_modules/@app/readme': '',
    });
    symlinkSync('../../packages/lib', join(root, 'node_modules/@app/lib'));
    const inPackage = await build('packages/api', { handler: { file: 'api.js', export: 'handler' } });
    expect(answerOf(inPackage)).toEqual(['left', 'lib', '/function/packages/api']);
    const fromRoot = await build('.', { handler: { file: 'packages/api/api.js', export: 'handler' } });
    expect(answerOf(fromRoot)).toEqual(['left', 'lib', '/function']);
  });
});
