/** A root file system that a function brings is the same in every arm, by what the function itself sees of it. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildImage } from '../../src/image/build-image.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { addOddities, makeSmallRoot } from '../image/small-root.ts';
import { functionConfig, writeTree } from '../image/workshop.ts';
import { GUEST_DIR } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';
import { noDaemon, openDaemon, type PrivateDaemon } from '../support/private-daemon.ts';

const START_MS = 180_000;
/** What the arms mount, and what engines put into every container. */
const HANDLER = `
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
const OWN = new Set(['/dev', '/proc', '/sys', '/tmp', '/.dockerenv', '/run', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/etc/mtab']);
const contentOf = (path, stat) => {
  if (stat.isSymbolicLink()) return readlinkSync(path);
  if (!stat.isFile()) return '';
  try { return createHash('sha256').update(readFileSync(path)).digest('hex'); } catch (error) { return error.code; }
};
function walk(dir, names, lines) {
  for (const name of readdirSync(dir).sort()) {
    const path = dir === '/' ? '/' + name : dir + '/' + name;
    if (OWN.has(path)) continue;
    const stat = lstatSync(path);
    const first = stat.isDirectory() ? path : names.get(stat.ino) ?? path;
    names.set(stat.ino, first);
    const time = stat.isFile() ? stat.mtimeMs : 0;
    const rdev = stat.isCharacterDevice() ? stat.rdev : 0;
    lines.push([path, stat.mode.toString(8), stat.uid, stat.gid, rdev, time, stat.isFile() ? stat.size : 0, first, contentOf(path, stat)].join(' '));
    if (stat.isDirectory()) walk(path, names, lines);
  }
  return lines;
}
export const handler = () => {
  const lines = walk('/', new Map(), []);
  let attributes;
  try { attributes = execFileSync('/usr/bin/getfattr', ['--absolute-names', '-d', '-e', 'hex', '-m', '-', '/data/marked'], { encoding: 'utf8' }); }
  catch (error) { attributes = String(error.stderr || error.code); }
  return { lines, attributes, digest: createHash('sha256').update(lines.join('\\n')).digest('hex') };
};
`;

interface Seen {
  lines: string[];
  attributes: string;
  digest: string;
}

let bench: NullBench;
let image: FunctionImage;
let daemon: PrivateDaemon | null = null;
const work = join('/tmp', `isogate-same-tree-${process.pid}`);

beforeAll(async () => {
  bench = await openNullBench(true);
  const root = makeSmallRoot(join(work, 'root'));
  addOddities(root);
  addProgram(root, '/usr/bin/getfattr');
  const tar = join(work, 'root.tar.zst');
  const packed = execFileSync('tar', ['-C', root, '--xattrs', '--xattrs-include=*', '-cf', '-', '.'], {
    maxBuffer: 2 ** 30,
  });
  writeFileSync(tar, execFileSync('zstd', ['-qc'], { input: packed, maxBuffer: 2 ** 30 }));
  const directory = writeTree(join(work, 'fn'), { 'f.mjs': HANDLER });
  const { kernel } = bench.image.vm ?? { kernel: null };
  image = await buildImage({
    function: functionConfig(directory, {
      handler: { file: 'f.mjs', export: 'handler' },
      image: { kind: 'rootfs', path: tar },
    }),
    ...{ resources: RESOURCES, cacheDir: bench.cacheDir, guestDir: GUEST_DIR, kernel, log: () => {} },
  });
  if (noDaemon() === null) {
    daemon = await openDaemon();
    process.env['DOCKER_HOST'] = daemon.host;
  }
}, HOST_WAIT_MS + 120_000);

afterAll(async () => {
  // Its images in the daemon go with the run.
  await bench?.end();
  delete process.env['DOCKER_HOST'];
  await daemon?.close();
  rmSync(work, { recursive: true, force: true });
  if (bench) expect(leftovers(bench.claim.runId)).toEqual([]);
}, 60_000);

/** With the libraries that it needs, at the places that they have here. */
function addProgram(root: string, program: string): void {
  const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
  for (const file of [program, ...[...listed.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? '')]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(file, join(root, file), { dereference: true });
  }
}

async function see(type: IsolationType): Promise<Seen> {
  const isolation = isolationOf(type);
  const { runId, nextContext } = bench.claim;
  await isolation.prepare?.(image, { runId, signal: new AbortController().signal });
  const instance = await isolation.start(image, RESOURCES, nextContext(START_MS));
  try {
    expect((await instance.evidence()).contradictions).toEqual([]);
    const reply = await instance.invoke({}, 1, START_MS);
    if (!reply.ok) throw new Error(reply.error.message);
    return reply.result as Seen;
  } finally {
    await instance.stop();
  }
}

let inNative: Seen;

test(
  'native: the tree has what the tar had',
  async () => {
    inNative = await see('native');
    const lines = new Map(inNative.lines.map((line) => [line.split(' ')[0], line.split(' ').slice(1)]));
    expect(lines.get('/data/owned')?.slice(0, 3)).toEqual(['100640', '1234', '5678']);
    expect(lines.get('/data/second-name')?.at(6)).toBe('/data/owned');
    expect(lines.get('/data/set-id')?.[0]).toBe('104755');
    expect(lines.get('/data/null')?.slice(0, 4)).toEqual(['20666', '0', '0', '259']);
    expect(inNative.attributes).toContain('user.colour=0x626c7565');
    expect(inNative.attributes).toContain('security.capability=');
  },
  START_MS,
);

test.for(['bubblewrap', 'runc', 'qemu-microvm', 'docker', 'podman'] as const)(
  '%s sees the same tree',
  { timeout: START_MS },
  async (type, context) => {
    const { reason } = await isolationOf(type).probe();
    // What every machine that runs these tests has is not skipped.
    if (reason !== null && (type === 'docker' || type === 'podman')) return context.skip(reason);
    const seen = await see(type);
    expect(seen.lines).toEqual(inNative.lines);
    expect(seen.digest).toBe(inNative.digest);
    expect(seen.attributes).toBe(inNative.attributes);
  },
);

// gVisor shows a device of the root file system without its number; how many attributes depends on its version.
test(
  'gvisor sees the same tree, but for numbers of devices',
  async () => {
    const seen = await see('gvisor');
    const others = (lines: string[]) => lines.filter((line) => !line.startsWith('/data/null '));
    expect(others(seen.lines)).toEqual(others(inNative.lines));
    expect(seen.lines.find((line) => line.startsWith('/data/null '))).toMatch(/^\/data\/null 20666 0 0 /);
    expect(seen.attributes === '' || seen.attributes.includes('user.colour=')).toBe(true);
  },
  START_MS,
);
