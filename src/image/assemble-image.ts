import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readHostCgroup } from '../host/cgroup.ts';
import { digestJson } from '../lib/digest.ts';
import { lastLine } from '../lib/text.ts';
import type { FunctionEnv, Resources } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import type { FunctionImage, GuestKernel, ImageProcess } from '../model/image.ts';
import { type BuildContext, copyUnchanged, type FunctionTree } from './build/build-function.ts';
import { compileInPlace } from './build/compile-modules.ts';
import { type Cached, useCached } from './cache/use-cached.ts';
import { requireTool, runConfined } from './confine/confined.ts';
import type { Limits } from './confine/limits.ts';
import { viewForImage, viewForTool } from './confine/views.ts';
import { buildInitramfses } from './kernel/build-initramfs.ts';
import { ociConfig } from './oci-config.ts';
import { ISOGATE_DIR } from './runtime/function-process.ts';
import { placeGuestFiles, systemFiles } from './runtime/place-own-files.ts';
import type { SourceTree } from './source/build-source.ts';
import { fillFromSource } from './source/fill-from-source.ts';
import { copyTree } from './tree/copy-tree.ts';
import { digestFile, digestTree } from './tree/digest-tree.ts';
import { FUNCTION_DIR } from './tree/function-dir.ts';
import { listTree } from './tree/list-tree.ts';
import { FIXED_TIME_SECONDS, sealFunction, sealTree } from './tree/seal-tree.ts';

const FORMAT = 3;
/** Of a program of somebody else's image, which may be anything. */
const VERSION_LIMITS: Limits = {
  wallMs: 60_000,
  memoryBytes: 2 ** 30,
  processes: 64,
  fileBytes: 2 ** 20,
  outputBytes: 2 ** 16,
};
const PACK_LIMITS: Limits = {
  wallMs: 20 * 60_000,
  memoryBytes: 4 * 2 ** 30,
  processes: 1024,
  fileBytes: 16 * 2 ** 30,
  outputBytes: 2 ** 16,
};

export interface ImageParts extends BuildContext {
  title: string;
  /** What the report says of the root file system. */
  sourceText: string;
  process: ImageProcess;
  env: FunctionEnv;
  runtime: FunctionImage['runtime'];
  /** Files of guestDir that go into the image. */
  guestFiles: string[];
  /**
   * What comes from this machine, one over the other: the language runtime first. Empty in the null image, and where the
   * function brings its own root file system.
   */
  layers: Cached[];
  /** The root file system that the function brings. */
  source: SourceTree | null;
  tree: FunctionTree | null;
  resources: Resources;
  kernel: GuestKernel | null;
}

/** Puts an image's parts together: root file system, OCI bundle, and for VMs the disk and the initramfs. */
export async function assembleImage(parts: ImageParts): Promise<FunctionImage> {
  const cacheDir = resolve(parts.cacheDir);
  const cgroup = readHostCgroup();
  const { process, resources } = parts;
  const guest = parts.guestFiles.map((name) => [name, digestFile(join(parts.guestDir, name))]);
  const source = parts.source && { base: parts.source.digest };
  const from = { ...source, layers: parts.layers.map(({ digest }) => digest), tree: parts.tree?.digest ?? null, guest };
  const { dir } = await useCached({
    kind: parts.source ? 'whole' : 'image',
    foreign: parts.source !== null,
    key: digestJson({ format: FORMAT, ...from, process, resources, cgroup, cacheDir }),
    cacheDir,
    title: `image ${parts.title}`,
    log: parts.log,
    async build(into, finalDir) {
      const rootfs = join(into, 'rootfs');
      if (parts.source) await fillFromSource(rootfs, parts.source, parts);
      else await fillRootfs(rootfs, parts);
      const config = ociConfig({ process, resources, rootfsDir: join(finalDir, 'rootfs'), cgroup });
      writeJson(join(into, 'bundle'), 'config.json', config);
      const runtime = parts.source && (await askRuntime(rootfs, parts.source, parts));
      if (parts.source && parts.tree)
        await compileInPlace(rootfs, { ...parts, env: process.env, python: pythonOf(runtime) });
      const attributes = parts.source !== null;
      // What a checkout's umask has taken from group and others makes no other image, but another disk.
      const digest = await digestTree(rootfs, { attributes, looseIn: FUNCTION_DIR.slice(1) });
      const modes = listTree(join(rootfs, parts.tree ? FUNCTION_DIR : ISOGATE_DIR)).map(
        (entry) => 'mode' in entry && entry.mode,
      );
      writeJson(into, 'rootfs.json', { digest, exactDigest: digestJson([digest, modes]), runtime });
    },
  });
  const rootfsDir = join(dir, 'rootfs');
  const built = JSON.parse(readFileSync(join(dir, 'rootfs.json'), 'utf8')) as {
    digest: string;
    exactDigest: string;
    runtime?: FunctionImage['runtime'] | null;
  };
  const rootfsDigest = built.digest;
  const { kernel, guestDir, log } = parts;
  const vm = kernel && {
    kernel,
    initramfs: await buildInitramfses({ kernel, guestDir, cacheDir, log }),
    diskPath: await buildDisk(rootfsDir, built.exactDigest, parts),
  };
  const files = listTree(rootfsDir).filter((entry) => entry.kind === 'file');
  return {
    digest: digestJson({ rootfs: rootfsDigest, process, ...declaredEnv(parts.env) }),
    source: parts.sourceText,
    rootfsDir,
    bundleDir: join(dir, 'bundle'),
    vm,
    process,
    env: parts.env,
    runtime: built.runtime ?? parts.runtime,
    warmFiles: [...files.map((entry) => join(rootfsDir, entry.path)), ...(vm ? vmFiles(vm) : [])],
  };
}

/** What the configuration says of variables. Values of the runner are left out: a digest of a short one gives it away. */
const declaredEnv = ({ literal, fromRunner }: FunctionEnv): { env?: Pick<FunctionEnv, 'literal' | 'fromRunner'> } =>
  Object.keys(literal).length + fromRunner.length > 0 ? { env: { literal, fromRunner } } : {};

const vmFiles = ({ kernel, initramfs, diskPath }: NonNullable<FunctionImage['vm']>): string[] => [
  diskPath,
  ...Object.values(initramfs).flatMap(({ path }) => path ?? []),
  kernel.vmlinuxPath,
  ...(kernel.bzImagePath === null ? [] : [kernel.bzImagePath]),
];

/**
 * Asks the image's own language runtime for its version. It runs in a sandbox, in the assembled tree, because that has the
 * agent. A function that is a command has no version.
 * @throws BadInputError when the runtime does not run
 */
async function askRuntime(rootfs: string, source: SourceTree, parts: ImageParts): Promise<FunctionImage['runtime']> {
  const { name } = parts.runtime;
  if (name !== 'node' && name !== 'python') return parts.runtime;
  const { env, args } = parts.process;
  const program = args[args.indexOf('--') + 1] ?? '';
  const confinement = { agent: join(parts.guestDir, 'agent'), limits: VERSION_LIMITS, signal: parts.signal };
  const view = viewForImage({ rootfs, env });
  const answer = await runConfined([program, '--version'], { ...confinement, view });
  const output = `${answer.stdout.toString('utf8')}\n${answer.words}`.trim();
  const version = /(\d+\.\d+\.\d+\S{0,64})/.exec(output)?.[1];
  if (!answer.failed && version !== undefined) return { name, version, interpreter: program };
  const reached = answer.reached === 'time' ? 'it does not answer' : answer.how;
  const reason = answer.reached === null ? lastLine(output) || 'it says nothing' : reached;
  throw new BadInputError(`${source.text}: ${program} --version does not run: ${reason}`);
}

const pythonOf = (runtime: FunctionImage['runtime'] | null): string | null =>
  runtime?.name === 'python' ? (runtime.interpreter ?? null) : null;

async function fillRootfs(rootfs: string, parts: ImageParts): Promise<void> {
  mkdirSync(rootfs);
  for (const { dir } of parts.layers) await copyTree(dir, rootfs, listTree(dir), { share: true });
  for (const name of ['dev', 'etc', 'proc', 'sys', 'tmp', ISOGATE_DIR])
    mkdirSync(join(rootfs, name), { recursive: true });
  for (const [name, text] of Object.entries(systemFiles())) writeFileSync(join(rootfs, 'etc', name), text);
  placeGuestFiles(rootfs, parts);
  const own = join(rootfs, FUNCTION_DIR);
  if (parts.tree) mkdirSync(own);
  sealTree(rootfs);
  if (parts.tree) await copyUnchanged(parts.tree, own);
  if (parts.tree) sealFunction(own);
  // runc 1.1 gives a tmpfs the mode of the directory below it, whatever its mount options say.
  chmodSync(join(rootfs, 'tmp'), 0o1777);
}

function writeJson(dir: string, name: string, value: unknown): void {
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o755);
  writeFileSync(join(dir, name), `${JSON.stringify(value, null, 2)}\n`, { mode: 0o644 });
}

/** Nothing is compressed, so that a VM reads the same bytes as the other arms. Order and time are fixed. */
const DISK_OPTIONS = [
  ...['-noI', '-noD', '-noF', '-noX', '-reproducible', '-mkfs-time', String(FIXED_TIME_SECONDS)],
  ...['-noappend', '-no-progress', '-quiet', '-mem', '512M'],
];
const TO_PACK = ['CAP_DAC_READ_SEARCH'];
/** For trees that are sealed (seal-tree.ts): one time, no extended attributes. Others keep what they have. */
const SEALED_DISK_OPTIONS = ['-no-xattrs', '-all-time', String(FIXED_TIME_SECONDS)];

/**
 * A root file system as a read-only disk.
 * @returns path of the squashfs image
 */
async function buildDisk(
  rootfsDir: string,
  rootfsDigest: string,
  { title, source, cacheDir, guestDir, log, signal }: ImageParts,
): Promise<string> {
  const { dir } = await useCached({
    kind: 'disk',
    key: rootfsDigest,
    cacheDir: resolve(cacheDir),
    title: `disk of ${title}`,
    log,
    async build(into) {
      const how = source === null ? [...DISK_OPTIONS, ...SEALED_DISK_OPTIONS] : DISK_OPTIONS;
      requireTool('mksquashfs', 'squashfs-tools');
      const agent = join(guestDir, 'agent');
      const view = viewForTool({ agent, tree: { dir: rootfsDir, writable: false }, out: into, capabilities: TO_PACK });
      const argv = ['mksquashfs', '/tree', '/out/root.squashfs', ...how];
      const end = await runConfined(argv, { view, limits: PACK_LIMITS, agent, signal });
      if (end.failed) throw new Error(`mksquashfs failed: ${lastLine(end.words) || end.how}`);
    },
  });
  return join(dir, 'root.squashfs');
}
