import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildImage } from '../../../src/image/build-image.ts';
import { findEngine } from '../../../src/image/source/build-engine.ts';
import { removeKilledBuilds } from '../../../src/image/source/engine-builds.ts';
import { machineId } from '../../../src/lib/process-identity.ts';
import type { FunctionConfig, ImageSource } from '../../../src/model/config.ts';
import type { FunctionImage } from '../../../src/model/image.ts';
import { noDaemon, openDaemon, type PrivateDaemon } from '../../support/private-daemon.ts';
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

test('engines that hang are waited for once, however many builds were killed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'isogate-hang-'));
  const program = join(dir, 'docker');
  writeFileSync(program, `#!/bin/sh\necho "$@" >> ${dir}/asked\nexec sleep 60\n`, { mode: 0o755 });
  mkdirSync('/run/isogate', { recursive: true });
  // What a killed run of this test left would be waited for as well.
  const removeNotes = () => {
    for (const name of readdirSync('/run/isogate').filter((one) => one.startsWith(`build-${'0'.repeat(32)}-`)))
      rmSync(join('/run/isogate', name), { force: true });
  };
  removeNotes();
  onTestFinished(() => {
    removeNotes();
    rmSync(dir, { recursive: true, force: true });
  });
  const notes = [1, 2, 3].map((n) => `/run/isogate/build-${'0'.repeat(32)}-${n}-1-${process.pid.toString(16)}.json`);
  const engine = JSON.stringify({ name: 'docker', version: '1', program, env: {} });
  for (const note of notes) writeFileSync(note, engine, { mode: 0o600 });
  const lines: string[] = [];
  await removeKilledBuilds((line) => lines.push(line));
  expect(readFileSync(join(dir, 'asked'), 'utf8').trim().split('\n')).toHaveLength(1);
  expect(lines.filter((line) => line.includes('docker ps hangs'))).toHaveLength(1);
  expect(notes.map((note) => existsSync(note))).toEqual([true, true, true]);
  // A week later nobody waits any more.
  for (const note of notes) utimesSync(note, 1, 1);
  await removeKilledBuilds(() => {});
  expect(notes.map((note) => existsSync(note))).toEqual([false, false, false]);
}, 60_000);

/** No process has an id as high (proc_sys_kernel(5), pid_max). */
const DEAD = `${machineId()}-4194305-1`;

/** Cgroups of builds by this process id, in all hierarchies. */
const buildCgroups = (pid: number | undefined): string[] =>
  execFileSync('find', ['/sys/fs/cgroup', '-maxdepth', '2', '-name', `isogate-build-*-${pid}-*`])
    .toString()
    .split('\n')
    .filter(Boolean);

const runsIn = (cgroups: string[]): boolean =>
  cgroups.some((dir) => readFileSync(join(dir, 'cgroup.procs'), 'utf8') !== '');

/** An engine of the test's own, with an image in it that holds this machine's Node. */
interface Bench {
  engine: 'docker' | 'podman';
  run: (...args: string[]) => string;
  close: () => Promise<void>;
}

const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
};

const noPodman = (): string | null => {
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    execFileSync('podman', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'podman is not installed';
  }
};

async function openDocker(): Promise<Bench> {
  const daemon: PrivateDaemon = await openDaemon();
  process.env['DOCKER_HOST'] = daemon.host;
  return {
    engine: 'docker',
    run: daemon.docker,
    async close() {
      delete process.env['DOCKER_HOST'];
      await daemon.close();
    },
  };
}

async function openPodman(dir: string): Promise<Bench> {
  const storage = join(dir, 'storage.conf');
  const containers = join(dir, 'containers.conf');
  const places = `graphroot = "${dir}/podman"\nrunroot = "${dir}/podman-run"\n`;
  writeFileSync(storage, `[storage]\ndriver = "vfs"\n${places}`);
  writeFileSync(containers, '[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\nevents_logger = "none"\n');
  process.env['CONTAINERS_STORAGE_CONF'] = storage;
  process.env['CONTAINERS_CONF'] = containers;
  // No daemon that the machine may have is meant.
  const run = (...args: string[]) => execFileSync('podman', args, { encoding: 'utf8' }).trim();
  return {
    engine: 'podman',
    run,
    async close() {
      execFileSync('podman', ['rmi', '--all', '--force'], { stdio: 'ignore' });
      delete process.env['CONTAINERS_STORAGE_CONF'];
      delete process.env['CONTAINERS_CONF'];
    },
  };
}

describe.each([
  ['docker', noDaemon, openDocker],
  ['podman', noPodman, openPodman],
] as const)('%s', (_, whyNot, open) => {
  const reason = whyNot();
  let shop: Workshop;
  let bench: Bench;
  let directory: string;
  const path = process.env['PATH'];

  beforeAll(async () => {
    if (reason !== null) return;
    shop = openWorkshop();
    bench = await open(shop.dir);
    const root = makeSmallRoot(join(shop.dir, 'root'));
    addOddities(root);
    const tar = join(shop.dir, 'base.tar');
    execFileSync('tar', ['-C', root, '--xattrs', '--xattrs-include=*', '-cf', tar, '.']);
    const changes = [
      'ENV PATH=/opt/node/bin:/bin',
      'ENV COLOUR=blue',
      'ENV HOME=/root',
      'VOLUME /data/volume',
      'USER 7',
    ];
    bench.run('import', ...changes.flatMap((change) => ['--change', change]), tar, 'isogate-test-base:1');
    directory = writeTree(join(shop.dir, 'fn'), {
      'f.mjs':
        'export const handler = () => [process.execPath, process.env.COLOUR, process.env.HOME, process.getuid()];',
      Dockerfile:
        'FROM isogate-test-base:1\nUSER 0\nCOPY f.mjs /copied\nRUN echo built > /data/built\nENV COLOUR=red\n',
    });
  }, 120_000);
  afterAll(async () => {
    await bench?.close();
    shop?.remove();
    process.env['PATH'] = path;
  }, 60_000);

  const build = (image: ImageSource, more: Partial<FunctionConfig> = {}): Promise<FunctionImage> =>
    buildImage({
      function: functionConfig(directory, { handler: { file: 'f.mjs', export: 'handler' }, image, ...more }),
      ...{ resources: RESOURCES, cacheDir: shop.cacheDir, guestDir: shop.guestDir, kernel: null, log: shop.log },
    });
  const left = () => [
    bench.run('ps', '--all', '--quiet'),
    bench.run('images', '--all', '--quiet', '--filter', 'label=isogate.build'),
    bench.run('volume', 'ls', '--quiet'),
  ];

  test('an image that is here is exported, with its variables; nothing is left in the engine', async (context) => {
    if (reason !== null) return context.skip(reason);
    const image = await build({ kind: 'docker', reference: 'isogate-test-base:1' });
    expect(image.source).toMatch(/^docker isogate-test-base:1 \(sha256:[0-9a-f]{64}/);
    expect(image.process.env).toMatchObject({ COLOUR: 'blue', HOME: '/tmp', PATH: '/opt/node/bin:/bin' });
    const answers = await runBundle(shop, image, [1]);
    expect(resultsOf(answers)).toEqual([['/opt/node/bin/node', 'blue', '/tmp', 1_900_000_000]]);
    const attributes = execFileSync('getfattr', ['--absolute-names', '-dm', '-', join(image.rootfsDir, 'data/marked')]);
    expect(attributes.toString()).toContain('security.capability');
    expect(left()).toEqual(['', '', '']);
    const again = await build({ kind: 'docker', reference: 'isogate-test-base:1' });
    expect(again.digest).toBe(image.digest);
  }, 120_000);

  test('a Dockerfile is built, once for what it is made of; nothing is left in the engine', async (context) => {
    if (reason !== null) return context.skip(reason);
    const source: ImageSource = { kind: 'dockerfile', path: join(directory, 'Dockerfile') };
    const before = bench.run('images', '--all', '--quiet');
    const image = await build(source);
    expect(readFileSync(join(image.rootfsDir, 'data/built'), 'utf8')).toBe('built\n');
    expect(image.source).toMatch(/^dockerfile Dockerfile \(sha256:[0-9a-f]{64}\)$/);
    expect(resultsOf(await runBundle(shop, image, [1]))[0]).toContain('red');
    expect(left()).toEqual(['', '', '']);
    expect(bench.run('images', '--all', '--quiet')).toBe(before);
    shop.lines.length = 0;
    expect((await build(source)).digest).toBe(image.digest);
    expect(shop.lines.join('\n')).not.toContain('building');
  }, 120_000);

  test('what cannot be had is one line, a build that fails its last ones', async (context) => {
    if (reason !== null) return context.skip(reason);
    const missing = build({ kind: 'docker', reference: 'localhost:1/none:1' });
    await expect(missing).rejects.toThrow(
      /docker localhost:1\/none:1 is not here and cannot be pulled \(.+\): load it/,
    );
    const broken = writeTree(join(shop.dir, 'broken'), {
      Dockerfile: 'FROM isogate-test-base:1\nUSER 0\nRUN echo wrong >&2; exit 3\n',
    });
    const failing = build({ kind: 'dockerfile', path: join(broken, 'Dockerfile') });
    await expect(failing).rejects.toThrow(/image of fn: (docker|podman) build exited with \d+: [\s\S]*wrong/);
    await expect(failing).rejects.toMatchObject({ name: 'InstanceError' });
    // It did not fail for want of a network.
    await expect(failing).rejects.not.toThrow('build_network');
    expect(left().slice(0, 2)).toEqual(['', '']);
  }, 120_000);

  test('what a killed builder left is removed without a further use, in the engine where it was made', async (context) => {
    if (reason !== null) return context.skip(reason);
    const owner = DEAD;
    const engine = await findEngine(process.env, () => {});
    expect(engine.name).toBe(bench.engine);
    const note = `/run/isogate/build-${owner}-${process.pid.toString(16)}.json`;
    mkdirSync('/run/isogate', { recursive: true });
    writeFileSync(note, JSON.stringify(engine), { mode: 0o600 });
    const dead = ['--label', 'isogate.build=x', '--label', `isogate.owner=${owner}`];
    bench.run('create', ...dead, '--network', 'none', 'isogate-test-base:1', '/x');
    expect(await removeKilledBuilds(() => {})).toContain(`what a killed build left in ${bench.engine}`);
    expect(left()).toEqual(['', '', '']);
    expect(existsSync(note)).toBe(false);
    expect(
      readdirSync('/run/isogate').filter((name) => name.startsWith(`build-`) && name.includes(`-${process.pid}-`)),
    ).toEqual([]);
  }, 120_000);

  test('what a killed builder left is removed at the next use', async (context) => {
    if (reason !== null) return context.skip(reason);
    const dead = ['--label', 'isogate.build=x', '--label', `isogate.owner=${DEAD}`];
    bench.run('create', ...dead, '--network', 'none', 'isogate-test-base:1', '/x');
    const mine = bench.run('create', '--label', 'other=1', '--network', 'none', 'isogate-test-base:1', '/x');
    await build({ kind: 'docker', reference: 'isogate-test-base:1' });
    expect(bench.run('ps', '--all', '--quiet', '--no-trunc')).toBe(mine);
    bench.run('rm', '--force', '--volumes', mine);
  }, 120_000);

  for (const [whose, owner] of [
    ['nobody of ours', 'somebody'],
    ['another machine that uses the same engine', `${'0'.repeat(32)}-1-1`],
  ])
    test(`what is labelled like a build’s, but by ${whose}, stays`, async (context) => {
      if (reason !== null) return context.skip(reason);
      const forged = ['--label', 'isogate.build=x', '--label', `isogate.owner=${owner}`];
      const theirs = bench.run('create', ...forged, '--network', 'none', 'isogate-test-base:1', '/x');
      await build({ kind: 'docker', reference: 'isogate-test-base:1' });
      expect(bench.run('ps', '--all', '--quiet', '--no-trunc')).toBe(theirs);
      bench.run('rm', '--force', '--volumes', theirs);
    }, 120_000);

  test('a build that is stopped runs no further', async (context) => {
    if (reason !== null) return context.skip(reason);
    const mark = `isogate-mark-${process.pid}-${bench.engine}`;
    const dir = writeTree(join(shop.dir, 'endless'), {
      Dockerfile: `FROM isogate-test-base:1\nUSER 0\nRUN while :; do : ${mark}; done\n`,
    });
    const running = () =>
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .filter((pid) => commandOf(pid).startsWith('/bin/sh') && commandOf(pid).includes(mark));
    const stop = new AbortController();
    const building = buildImage({
      function: functionConfig(dir, { image: { kind: 'dockerfile', path: join(dir, 'Dockerfile') }, command: ['x'] }),
      ...{ resources: RESOURCES, cacheDir: shop.cacheDir, guestDir: shop.guestDir, kernel: null, log: shop.log },
      signal: stop.signal,
    });
    building.catch(() => {});
    for (let tries = 0; running().length === 0 && tries < 300; tries++) await sleep(100);
    expect(running()).not.toEqual([]);
    stop.abort(new Error('stopped'));
    await expect(building).rejects.toThrow('stopped');
    for (let tries = 0; running().length > 0 && tries < 100; tries++) await sleep(100);
    expect(running()).toEqual([]);
    const containers = () => bench.run('ps', '--all', '--quiet', ...(bench.engine === 'podman' ? ['--external'] : []));
    // Podman's go with the build, Docker's daemon is told by the client's end.
    for (let tries = 0; bench.engine === 'docker' && containers() !== '' && tries < 100; tries++) await sleep(100);
    expect(containers()).toBe('');
    expect(buildCgroups(process.pid)).toEqual([]);
  }, 120_000);

  test('what Podman’s build leaves when its harness is killed is removed by the next tidying', async (context) => {
    if (reason !== null) return context.skip(reason);
    if (bench.engine !== 'podman') return context.skip('Docker’s daemon ends such a build itself');
    const harness = join(shop.dir, 'harness.mjs');
    const bundle = await rolldown({
      ...{ input: join(import.meta.dirname, '../../../src/image/build-image.ts'), platform: 'node' },
      transform: { target: 'node20' },
    });
    await bundle.write({ file: harness, codeSplitting: false });
    await bundle.close();
    const dir = writeTree(join(shop.dir, 'killed'), {
      Dockerfile: 'FROM isogate-test-base:1\nUSER 0\nRUN while :; do : ; done\n',
    });
    const options = {
      function: functionConfig(dir, { image: { kind: 'dockerfile', path: join(dir, 'Dockerfile') }, command: ['x'] }),
      ...{ resources: RESOURCES, cacheDir: join(shop.dir, 'killed-cache'), guestDir: shop.guestDir, kernel: null },
    };
    const code = `import { buildImage } from ${JSON.stringify(harness)};
await buildImage({ ...${JSON.stringify(options)}, log: console.error });`;
    // What another build has begun is its own.
    const others = execFileSync('podman', ['create', '--network', 'none', 'isogate-test-base:1', '/x']).toString();
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: 'inherit' });
    const begun = () => bench.run('ps', '--all', '--external', '--quiet').split('\n').length > 1;
    for (let tries = 0; !(begun() && runsIn(buildCgroups(child.pid))) && tries < 300; tries++) await sleep(100);
    expect(begun() && runsIn(buildCgroups(child.pid))).toBe(true);
    // It lives, and what it has is left alone.
    await removeKilledBuilds(() => {});
    expect(begun()).toBe(true);
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
    for (let tries = 0; runsIn(buildCgroups(child.pid)) && tries < 100; tries++) await sleep(100);
    const lines: string[] = [];
    expect(await removeKilledBuilds((line) => lines.push(line))).toContain('what a killed build left in podman');
    expect(lines).toEqual([]);
    expect(bench.run('ps', '--all', '--external', '--quiet', '--no-trunc')).toBe(others.trim());
    expect(buildCgroups(child.pid)).toEqual([]);
    bench.run('rm', others.trim());
  }, 120_000);

  test('a build without network gets no proxy, no cache of another build and no address', async (context) => {
    if (reason !== null) return context.skip(reason);
    const config = join(shop.dir, 'docker-config');
    const proxy = 'http://user:secret@127.0.0.1:1';
    mkdirSync(config, { recursive: true });
    const proxies = { default: { httpProxy: proxy, httpsProxy: proxy, allProxy: proxy } };
    writeFileSync(join(config, 'config.json'), JSON.stringify({ proxies }));
    process.env['DOCKER_CONFIG'] = config;
    process.env['HTTP_PROXY'] = proxy;
    const caches = () => readdirSync('/var/tmp').filter((name) => name.startsWith('buildah-cache'));
    const before = caches();
    // Docker's older builder has no such mounts.
    const mount = bench.engine === 'podman' ? '--mount=type=cache,target=/kept ' : '';
    const files = (n: number) => ({
      'f.mjs': `export const handler = () => ${n};`,
      Dockerfile: `FROM isogate-test-base:1
USER 0
RUN ${mount}if test -e /kept/mark; then echo kept; else echo none; fi > /data/seen; echo x > /kept/mark || true
RUN echo "$HTTP_PROXY$http_proxy$HTTPS_PROXY$ALL_PROXY" > /data/proxy
RUN while read -r line; do echo "$line"; done < /proc/net/dev > /data/net
`,
    });
    try {
      for (const n of [1, 2]) {
        const dir = writeTree(join(shop.dir, `offline${n}`), files(n));
        const image = await build({ kind: 'dockerfile', path: join(dir, 'Dockerfile') }, { directory: dir });
        expect(readFileSync(join(image.rootfsDir, 'data/proxy'), 'utf8')).toBe('\n');
        expect(readFileSync(join(image.rootfsDir, 'data/seen'), 'utf8')).toBe('none\n');
        expect(
          readFileSync(join(image.rootfsDir, 'data/net'), 'utf8')
            .match(/^\s*\w+:/gm)
            ?.map((one) => one.trim()),
        ).toEqual(['lo:']);
      }
      expect(caches()).toEqual(before);
      const dir = writeTree(join(shop.dir, 'adds'), {
        Dockerfile: 'FROM isogate-test-base:1\nADD http://127.0.0.1:1/secret /s\n',
      });
      await expect(build({ kind: 'dockerfile', path: join(dir, 'Dockerfile') })).rejects.toThrow(
        /dockerfile Dockerfile adds http:\/\/127.0.0.1:1\/secret, which its engine would fetch/,
      );
    } finally {
      delete process.env['DOCKER_CONFIG'];
      delete process.env['HTTP_PROXY'];
    }
  }, 120_000);
});
