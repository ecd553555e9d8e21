/** What boots are measured on: the host lock, a registered run, and an image for each kernel and initramfs. */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildNullImage } from '../src/image/build-image.ts';
import { findGuestKernel } from '../src/image/kernel/find-guest-kernel.ts';
import { claimHost, type HostClaim } from '../src/isolation/cleanup/claim-host.ts';
import { warmFiles } from '../src/measure/page-cache.ts';
import { NotMeasurableError } from '../src/model/errors.ts';
import type { FunctionImage, GuestKernel } from '../src/model/image.ts';
import { RESOURCES } from './bed.ts';

export const BUILT_KERNEL = '/opt/isogate/kernel-minimal/vmlinux';
/** Made once a kernel: making it takes a minute. */
const STOCK_DIR = '/var/cache/isogate-bench';

export interface BootBed {
  claim: HostClaim;
  distribution: FunctionImage;
  built: FunctionImage;
  /** The distribution's kernel with the initramfs that the distribution makes for it. */
  stock: FunctionImage;
  end(): Promise<void>;
}

/** @throws NotMeasurableError naming what this machine lacks */
export async function openBootBed(root: string, log: (line: string) => void, signal: AbortSignal): Promise<BootBed> {
  if (!existsSync(BUILT_KERNEL)) throw new NotMeasurableError(`there is no ${BUILT_KERNEL}: npm run kernel:build`);
  const cacheDir = mkdtempSync(join(tmpdir(), 'isogate-bench-cache-'));
  // QEMU runs as a user of its own, who has to get at the disk.
  chmodSync(cacheDir, 0o755);
  let claim: HostClaim | null = null;
  const end = async (): Promise<void> => {
    rmSync(cacheDir, { recursive: true, force: true });
    await claim?.release();
  };
  try {
    const common = { resources: RESOURCES, cacheDir, guestDir: join(root, 'dist/guest'), log: () => {} };
    const kernel = await findGuestKernel({ source: null, cacheDir, guestDir: common.guestDir });
    const initramfs = stockInitramfs(root, kernel, log);
    const distribution = await buildNullImage({ ...common, kernel });
    const small = await findGuestKernel({ source: { path: BUILT_KERNEL }, cacheDir, guestDir: common.guestDir });
    const built = await buildNullImage({ ...common, kernel: small });
    const stock = withStockBoot(distribution, initramfs, cacheDir);
    claim = await claimHost(RESOURCES.cpus, log, signal);
    for (const image of [distribution, built, stock]) await warmFiles(image.warmFiles);
    return { claim, distribution, built, stock, end };
  } catch (error) {
    await end();
    throw error;
  }
}

function stockInitramfs(root: string, kernel: GuestKernel, log: (line: string) => void): string {
  const file = join(STOCK_DIR, `${kernel.release}.img`);
  if (existsSync(file)) return file;
  log(`making the stock initramfs of ${kernel.release}, for this once`);
  mkdirSync(STOCK_DIR, { recursive: true, mode: 0o755 });
  const { status, stderr } = spawnSync(join(root, 'bench/build-stock-initramfs'), [file], { encoding: 'utf8' });
  if (status !== 0) throw new NotMeasurableError(`bench/build-stock-initramfs failed: ${stderr.trim()}`);
  return file;
}

/**
 * The stock initramfs finds the root file system by udev, mounts it and starts its `/init`: the agent, which needs the
 * channel's kind there, as in the initramfs of ours, and mounts the disk once more.
 */
function withStockBoot(image: FunctionImage, initramfs: string, cacheDir: string): FunctionImage {
  if (!image.vm) throw new Error('an image without VM parts');
  const tree = join(cacheDir, 'stock-tree');
  cpSync(image.rootfsDir, tree, { recursive: true, verbatimSymlinks: true });
  mkdirSync(join(tree, 'sysroot'));
  copyFileSync(join(tree, '.isogate/agent'), join(tree, 'init'));
  chmodSync(join(tree, 'init'), 0o755);
  writeFileSync(join(tree, 'channel'), 'serial\n');
  const diskPath = join(cacheDir, 'stock.squashfs');
  execFileSync('mksquashfs', [tree, diskPath, '-noI', '-noD', '-noF', '-noX', '-all-root', '-quiet', '-no-progress']);
  return {
    ...image,
    vm: {
      ...image.vm,
      diskPath,
      initramfs: { ...image.vm.initramfs, 'pci-serial': { path: initramfs, problem: null } },
    },
    warmFiles: [...image.warmFiles, diskPath, initramfs],
  };
}
