import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FunctionImage, GuestKernel, ImageProcess, Resources } from '../types.ts';
import { buildDisk } from './build-disk.ts';
import { copyUnchanged, type FunctionTree } from './build-function.ts';
import { buildInitramfses } from './build-initramfs.ts';
import { copyTree } from './copy-tree.ts';
import { digestFile, digestJson, digestTree } from './digest-tree.ts';
import { FUNCTION_DIR } from './find-command.ts';
import { ISOGATE_DIR, processRecords } from './function-process.ts';
import { readHostCgroup } from './host-cgroup.ts';
import { listTree } from './list-tree.ts';
import { ociConfig } from './oci-config.ts';
import { sealTree } from './seal-tree.ts';
import { systemFiles } from './system-files.ts';
import { type Cached, useCached } from './use-cached.ts';

const FORMAT = 1;

export interface ImageParts {
  title: string;
  source: string;
  process: ImageProcess;
  runtime: FunctionImage['runtime'];
  /** Files of guestDir that go into the image. */
  guestFiles: string[];
  /** Null in the null image. */
  layer: Cached | null;
  tree: FunctionTree | null;
  resources: Resources;
  guestDir: string;
  cacheDir: string;
  kernel: GuestKernel | null;
  log: (line: string) => void;
}

/** Puts an image's parts together: root file system, OCI bundle, and where a kernel is given disk and initramfs. */
export async function assembleImage(parts: ImageParts): Promise<FunctionImage> {
  const cacheDir = resolve(parts.cacheDir);
  const cgroup = readHostCgroup();
  const { process, resources } = parts;
  const guest = parts.guestFiles.map((name) => [name, digestFile(join(parts.guestDir, name))]);
  const from = { layer: parts.layer?.digest ?? null, tree: parts.tree?.digest ?? null, guest };
  const { dir } = await useCached({
    kind: 'image',
    key: digestJson({ format: FORMAT, ...from, process, resources, cgroup, cacheDir }),
    cacheDir,
    title: `image ${parts.title}`,
    log: parts.log,
    async build(into, finalDir) {
      await fillRootfs(join(into, 'rootfs'), parts);
      const config = ociConfig({ process, resources, rootfsDir: join(finalDir, 'rootfs'), cgroup });
      writeJson(join(into, 'bundle'), 'config.json', config);
      writeJson(into, 'rootfs.json', { digest: await digestTree(join(into, 'rootfs')) });
    },
  });
  const rootfsDir = join(dir, 'rootfs');
  const rootfsDigest = JSON.parse(readFileSync(join(dir, 'rootfs.json'), 'utf8')).digest as string;
  const { kernel, guestDir, log, title } = parts;
  const vm = kernel && {
    kernel,
    initramfs: await buildInitramfses({ kernel, guestDir, cacheDir, log }),
    diskPath: await buildDisk({ rootfsDir, rootfsDigest, title, cacheDir, log }),
  };
  const files = listTree(rootfsDir).filter((entry) => entry.kind === 'file');
  return {
    digest: digestJson({ rootfs: rootfsDigest, process }),
    source: parts.source,
    rootfsDir,
    bundleDir: join(dir, 'bundle'),
    vm,
    process,
    runtime: parts.runtime,
    warmFiles: [...files.map((entry) => join(rootfsDir, entry.path)), ...(vm ? vmFiles(vm) : [])],
  };
}

const vmFiles = ({ kernel, initramfs, diskPath }: NonNullable<FunctionImage['vm']>): string[] => [
  diskPath,
  ...Object.values(initramfs).flatMap(({ path }) => path ?? []),
  kernel.vmlinuxPath,
  ...(kernel.bzImagePath === null ? [] : [kernel.bzImagePath]),
];

async function fillRootfs(rootfs: string, parts: ImageParts): Promise<void> {
  mkdirSync(rootfs);
  if (parts.layer) await copyTree(parts.layer.dir, rootfs, listTree(parts.layer.dir), true);
  for (const name of ['dev', 'etc', 'proc', 'sys', 'tmp', ISOGATE_DIR])
    mkdirSync(join(rootfs, name), { recursive: true });
  for (const [name, text] of Object.entries(systemFiles())) writeFileSync(join(rootfs, 'etc', name), text);
  for (const name of parts.guestFiles) {
    const file = join(rootfs, ISOGATE_DIR, name);
    copyFileSync(join(parts.guestDir, name), file);
    chmodSync(file, name === 'agent' ? 0o755 : 0o644);
  }
  writeFileSync(join(rootfs, ISOGATE_DIR, 'process'), processRecords(parts.process));
  if (parts.tree) await copyUnchanged(parts.tree, join(rootfs, FUNCTION_DIR));
  sealTree(rootfs);
  // runc 1.1 gives a tmpfs the mode of the directory below it, whatever its options say.
  chmodSync(join(rootfs, 'tmp'), 0o1777);
}

function writeJson(dir: string, name: string, value: unknown): void {
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o755);
  writeFileSync(join(dir, name), `${JSON.stringify(value, null, 2)}\n`, { mode: 0o644 });
}
