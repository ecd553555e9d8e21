import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFunction } from '../../../src/image/build/build-function.ts';
import { openWork } from '../../../src/image/build/open-work.ts';
import { runBuild } from '../../../src/image/build/run-build.ts';
import { runUid } from '../../../src/image/confine/run-uid.ts';
import { openSizedDirectory } from '../../../src/image/confine/sized-directory.ts';
import type { FunctionConfig } from '../../../src/model/config.ts';
import { needsRoot } from '../../support/skip-unless.ts';
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
/** How many processes have this command line. */
const running = (cmdline: string): number =>
  readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8') === cmdline;
    } catch {
      return false;
    }
  }).length;
const sh = (script: string): string[] => ['sh', '-c', script];

describe('a build', () => {
  needsRoot();

  it('installs with npm, without network, from a file: dependency', async () => {
    const dir = newTree({
      'fn.mjs': 'import { two } from "dep"; export const handler = () => two;\n',
      'node_modules/dep/index.js': 'the one of the workspace, which must not come along',
      'dep/package.json': '{"name":"dep","version":"1.0.0","main":"index.js"}',
      'dep/index.js': 'exports.two = 2;\n',
      'package.json': '{"name":"fn","version":"1.0.0","dependencies":{"dep":"file:dep"}}',
      'package-lock.json': JSON.stringify({
        ...{ name: 'fn', version: '1.0.0', lockfileVersion: 3, requires: true },
        packages: {
          '': { name: 'fn', version: '1.0.0', dependencies: { dep: 'file:dep' } },
          dep: { version: '1.0.0' },
          'node_modules/dep': { resolved: 'dep', link: true },
        },
      }),
    });
    const tree = await build(dir, ['npm', 'ci', '--omit=dev']);
    expect(readFileSync(join(tree.dir, 'node_modules/dep/index.js'), 'utf8')).toBe('exports.two = 2;\n');
    expect(readFileSync(join(dir, 'node_modules/dep/index.js'), 'utf8')).toContain('the one of the workspace');
    shop.lines.length = 0;
    const again = await build(dir, ['npm', 'ci', '--omit=dev']);
    expect(again).toEqual(tree);
    expect(shop.lines).toEqual([expect.stringMatching(/^build of built: reused from the cache/)]);
  });

  it('runs as a user of this run and sees nothing of the harness', async () => {
    const secret = join(shop.dir, 'secret');
    writeFileSync(secret, 'secret', { mode: 0o644 });
    process.env['GITHUB_TOKEN'] = 'token';
    const dir = newTree({ '.git/config': 'token', 'a.txt': '' });
    const script = `id -u > uid; env > env; cat ${secret} > secret; ls -A / > root; ls -A . > here; ls /root > home
      grep -E 'Cap|NoNewPrivs|Groups' /proc/self/status > status; ls /sys/class/net /proc/net/dev > net 2>&1; tail -n +3 /proc/net/dev > devices
      touch /usr/x 2> readonly; echo ok > /tmp/x; cat /etc/passwd > passwd; ls /proc | grep -c '^[0-9]' > processes; true`;
    const tree = await build(dir, sh(script));
    delete process.env['GITHUB_TOKEN'];
    const read = (name: string): string => readFileSync(join(tree.dir, name), 'utf8').trim();
    expect(read('uid')).toBe(String(runUid()));
    const names = read('env')
      .split('\n')
      .map((line) => line.split('=')[0]);
    const offline = ['npm_config_audit', 'npm_config_fund', 'npm_config_offline'];
    const ofTools = /^(CARGO_HOME|CARGO_NET_OFFLINE|GOMODCACHE|GOPROXY|GOTOOLCHAIN|RUSTUP_HOME|JAVA_HOME.*)$/;
    expect(names.filter((name = '') => !ofTools.test(name)).sort()).toEqual([
      'HOME',
      'LANG',
      'PATH',
      'PWD',
      'SOURCE_DATE_EPOCH',
      'TMPDIR',
      ...offline,
    ]);
    expect(read('secret')).toBe('');
    expect(read('here').split('\n')).not.toContain('.git');
    expect(read('status')).toContain('CapEff:\t0000000000000000\nCapBnd:\t0000000000000000');
    expect(read('status')).toMatch(/Groups:\s*\n/);
    expect(read('status')).toContain('NoNewPrivs:\t1');
    expect(read('devices')).toMatch(/^lo:/);
    expect(read('devices').split('\n')).toHaveLength(1);
    expect(read('readonly')).toContain('Read-only file system');
    expect(Number(read('processes'))).toBeLessThan(8);
    expect(read('passwd').split('\n')).toHaveLength(2);
    expect(read('root').split('\n')).not.toContain('work');
  });

  it('leaves a tree that is the function’s, with its modes but without set-id bits', async () => {
    const script =
      'umask 077; mkdir d; echo 1 > d/f; cp /bin/true d/x; chmod 4777 d/x; ln -s d/f l; ln -s /function/d abs; mkdir .git; echo 1 > .git/x';
    const tree = await build(newTree({ 'a.txt': '' }), sh(script));
    const stat = (name: string) => lstatSync(join(tree.dir, name));
    const modes = ['d', 'd/f', 'd/x'].map((name) => (stat(name).mode & 0o7777).toString(8));
    expect(modes).toEqual(['700', '600', '777']);
    expect(['.', 'd', 'd/f', 'd/x', 'l'].map((name) => [stat(name).uid, stat(name).gid])).toEqual(
      Array(5).fill([1_900_000_000, 1_900_000_000]),
    );
    expect(existsSync(join(tree.dir, '.git'))).toBe(false);
  });

  it('takes what it started with it', async () => {
    const mark = `31${process.pid}`;
    await build(
      newTree({ 'a.txt': '' }),
      sh(`setsid sleep ${mark} & setsid sleep ${mark} > /dev/null 2>&1 < /dev/null & echo done`),
    );
    expect(running(`sleep\0${mark}\0`)).toBe(0);
  });

  it('that fails names its function, argv, exit code and last words', async () => {
    const dir = newTree({ 'a.txt': '' });
    expect(await failure(dir, sh('seq 1 100; echo reason >&2; exit 3'))).toBe(
      `InstanceError: build of built, ["sh","-c","seq 1 100; echo reason >&2; exit 3"], exited with 3: ${[90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100].join('\n')}\nreason`,
    );
    expect(await failure(dir, ['no-such-tool'])).toMatch(
      /^InstanceError: build of built: no-such-tool is not on PATH here \(\/.*\): install it, or put its directory on PATH$/,
    );
    expect(await failure(dir, sh('no-such-tool'))).toMatch(
      /^InstanceError: .* exited with 127 \(a program is missing on its PATH, which is \/.*: install it, or add its directory\): .*no-such-tool/s,
    );
  });

  it('that fails for want of a network is told how to have it', async () => {
    const script = 'import urllib.request; urllib.request.urlopen("https://packages.test/")';
    expect(await failure(newTree({ 'a.txt': '' }), ['python3', '-c', script])).toContain(
      'exited with 1 (it has no network: set build_network: true to allow it): ',
    );
  });

  it('that leaves a link out of its tree fails', async () => {
    const message =
      'InstanceError: build of built: the tree that it left has the link l to /etc/shadow, which leads out of it';
    expect(await failure(newTree({ 'a.txt': '' }), sh('ln -s /etc/shadow l'))).toContain(message);
  });

  it.each([
    [
      'in its tree',
      '.',
      /: the tree that it left has a{60}…, 1[0-9] levels and 3\d\d\d bytes deep; a function may have 128 levels/,
    ],
    [
      'of short names',
      'short',
      /: the tree that it left has a(\/a)+\/?…, 129 levels and 257 bytes deep; a function may have 128 levels/,
    ],
  ])('that makes a very deep tree fails, and leaves nothing: %s', async (_, where, message) => {
    const name = where === 'short' ? "'a'" : "'a' * 200";
    const script = `import os\nfor i in range(3000): os.mkdir(${name}); os.chdir(${name})`;
    expect(await failure(newTree({ 'a.txt': '' }), ['python3', '-c', script])).toMatch(message);
    expect(readdirSync(join(shop.cacheDir, 'function')).filter((one) => one.startsWith('.'))).toEqual([]);
    expect(shop.lines.filter((line) => line.includes('could not be removed'))).toEqual([]);
  });

  it('may make a deep tree that is left out', async () => {
    const script =
      "import os\nos.mkdir('.git'); os.chdir('.git')\nfor i in range(300): os.mkdir('a' * 200); os.chdir('a' * 200)";
    const tree = await build(newTree({ 'a.txt': '' }), ['python3', '-c', script]);
    expect(tree.entries.map((entry) => entry.path)).toEqual(['a.txt']);
    expect(readdirSync(join(tree.dir, '..'))).toEqual(['function']);
  });

  it('cannot start processes without end, nor a file without end', async () => {
    const bomb = 'i=0; while [ $i -lt 700 ]; do sleep 60 & i=$((i+1)); echo $i; done; echo no limit';
    const message = await failure(newTree({ 'a.txt': '' }), sh(bomb));
    expect(message).toMatch(
      /^InstanceError: build of built, .* exited with 2: .*(4[5-9]\d|50\d|51[0-2])\n.*Cannot fork$/s,
    );
    expect(await failure(newTree({ 'a.txt': '' }), sh('truncate -s 2G a && truncate -s 3G b'))).toMatch(
      /^InstanceError: build of built, .* exited with \d+: .*(File size limit exceeded|too large)/s,
    );
  });

  it.each([
    ['bytes', 'dd if=/dev/zero of=big bs=1M 2>/dev/null', 'used up its 16 MiB of disk and exited with 1'],
    ['files', 'i=0; while :; do : > f$i || exit 3; i=$((i+1)); done', 'used up its 1008 files and exited with'],
  ])('that fills its disk with %s fails alone, and says so', async (_, script, message) => {
    const dir = newTree({ 'a.txt': '' });
    const work = await openSizedDirectory(join(dir, 'work'), { bytes: 16 * 2 ** 20, files: 1008 });
    const options = {
      ...{ ...shop, work, scratch: join(dir, 'scratch'), prefixes: [] },
      toolchains: { show: [], hide: [], path: [], env: {} },
    };
    try {
      await expect(runBuild(functionConfig(dir, { name: 'built' }), sh(script), options)).rejects.toThrow(message);
    } finally {
      await work.close();
    }
    expect(readdirSync(dir).sort()).toEqual(['a.txt', 'scratch']);
  });

  it('reaches neither keys nor sockets that lead elsewhere', async () => {
    const script = join(import.meta.dirname, '../../guest/system-calls.py');
    const dir = newTree({ 'system-calls.py': readFileSync(script, 'utf8') });
    const tree = await build(dir, sh('/usr/bin/python3 system-calls.py forbidden > out'));
    const lines = readFileSync(join(tree.dir, 'out'), 'utf8').split('\n');
    expect(lines.slice(0, 3)).toEqual(['add_key EPERM', 'request_key EPERM', 'keyctl EPERM']);
    expect(lines).toContain('AF_VSOCK EAFNOSUPPORT');
  });

  it('ends at once when the run is stopped', async () => {
    const mark = `32${process.pid}`;
    const controller = new AbortController();
    const config = functionConfig(newTree({ 'a.txt': '' }), {
      name: 'built',
      build: sh(`setsid sleep ${mark} & sleep ${mark}`),
    });
    setTimeout(() => controller.abort(new Error('stopped by a test')), 500);
    await expect(buildFunction(config, { ...shop, signal: controller.signal })).rejects.toThrow('stopped by a test');
    expect(running(`sleep\0${mark}\0`)).toBe(0);
    expect(readdirSync(join(shop.cacheDir, 'function')).filter((one) => one.startsWith('.'))).toEqual([]);
    await expect(buildFunction(config, { ...shop, signal: controller.signal })).rejects.toThrow('stopped by a test');
  });

  it('has nothing running any more the moment it is over', async () => {
    const mark = `33${process.pid}`;
    const dir = newTree({ 'a.txt': '' });
    const work = await openWork(join(dir, 'work'), []);
    const script = `i=0; while [ $i -lt 200 ]; do sleep ${mark} > /dev/null 2>&1 & i=$((i+1)); done`;
    const config = functionConfig(dir, { name: 'built' });
    await runBuild(config, sh(script), {
      ...shop,
      work,
      scratch: join(dir, 'scratch'),
      prefixes: [],
      toolchains: { show: [], hide: [], path: [], env: {} },
    });
    await work.close();
    expect(running(`sleep\0${mark}\0`)).toBe(0);
  });

  it('says which variable it does not get', async () => {
    process.env['PIP_INDEX_URL'] = 'https://user:secret@packages.test/simple';
    const tree = await build(newTree({ 'a.txt': '' }), sh('env > env'), { buildNetwork: true });
    delete process.env['PIP_INDEX_URL'];
    expect(readFileSync(join(tree.dir, 'env'), 'utf8')).not.toContain('secret');
    const line = 'build of built: PIP_INDEX_URL is not passed on, because it holds a user name or password';
    expect(shop.lines).toContain(line);
    expect(shop.lines.join('\n')).not.toContain('secret@');
  });
});
