import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { digestJson } from '../../lib/digest.ts';
import { runTool } from '../../lib/run-tool.ts';
import type { Env } from '../../model/env.ts';
import { NotMeasurableError } from '../../model/errors.ts';
import type { ChannelDevice, GuestDevices, GuestKernel, Initramfs, VirtioBus } from '../../model/image.ts';
import { useCached } from '../cache/use-cached.ts';
import { digestFile } from '../tree/digest-tree.ts';
import { listTree } from '../tree/list-tree.ts';
import { sealTree } from '../tree/seal-tree.ts';
import { readModule } from './read-kernel-file.ts';
import { resolveModules } from './resolve-modules.ts';

type InitramfsOptions = Pick<Env, 'cacheDir' | 'guestDir' | 'log'> & { kernel: GuestKernel };

/**
 * One for each combination of devices that VMMs offer. A kernel that lacks the modules of one can still do with the
 * others.
 */
export async function buildInitramfses(options: InitramfsOptions): Promise<Record<GuestDevices, Initramfs>> {
  return {
    'mmio-serial': await tryBuild('mmio-serial', options),
    'mmio-vsock': await tryBuild('mmio-vsock', options),
    'pci-serial': await tryBuild('pci-serial', options),
    'pci-vsock': await tryBuild('pci-vsock', options),
  };
}

async function tryBuild(devices: GuestDevices, options: InitramfsOptions): Promise<Initramfs> {
  try {
    return { path: await buildInitramfs(devices, options), problem: null };
  } catch (error) {
    if (error instanceof NotMeasurableError) return { path: null, problem: error.message };
    throw error;
  }
}

/**
 * The first file system of a guest: the agent as `/init`, the modules that it loads and their list, and in `/channel`
 * the kind of its channel. It is not compressed, because decompression would count in every cold start.
 * @returns path of the newc archive, the same bytes for the same kernel, devices and agent
 */
async function buildInitramfs(devices: GuestDevices, options: InitramfsOptions): Promise<string> {
  const agent = join(options.guestDir, 'agent');
  if (options.kernel.modulesDir === null) requireBuiltIn(options.kernel.vmlinuxPath, devices);
  const { dir } = await useCached({
    kind: 'initramfs',
    key: digestJson({ format: 2, devices, kernel: options.kernel.digest, agent: digestFile(agent) }),
    cacheDir: options.cacheDir,
    title: `initramfs for ${options.kernel.release}, ${devices}`,
    log: options.log,
    async build(into) {
      const tree = join(into, 'tree');
      await fillTree(tree, agent, devices, options.kernel.modulesDir);
      await archive(tree, join(into, 'initramfs.cpio'));
      rmSync(tree, { recursive: true });
    },
  });
  return join(dir, 'initramfs.cpio');
}

async function fillTree(tree: string, agent: string, devices: GuestDevices, modulesDir: string | null): Promise<void> {
  mkdirSync(join(tree, 'modules'), { recursive: true });
  for (const name of ['dev', 'proc', 'sys', 'sysroot']) mkdirSync(join(tree, name));
  copyFileSync(agent, join(tree, 'init'));
  chmodSync(join(tree, 'init'), 0o755);
  const list: string[] = [];
  for (const file of modulesDir ? resolveModules(modulesDir, devices) : []) {
    const name = `/modules/${basename(file).replace(/\.ko\.\w+$/, '.ko')}`;
    writeFileSync(join(tree, name), await readModule(file, { agent }));
    list.push(`${name}\n`);
  }
  writeFileSync(join(tree, 'modules.list'), list.join(''));
  writeFileSync(join(tree, 'channel'), `${devices.split('-')[1]}\n`);
  sealTree(tree);
}

/** The kernel's own built-in archive already has /dev/console (usr/default_cpio_list), so no node is made here. */
async function archive(tree: string, file: string): Promise<void> {
  const names = ['.', ...listTree(tree).map((entry) => entry.path)].map((name) => `${name}\0`).join('');
  const args = ['-o', '-0', '-H', 'newc', '--reproducible', '-R', '0:0', '--quiet'];
  const bytes = await runTool('cpio', args, { debianPackage: 'cpio', cwd: tree, input: Buffer.from(names) });
  writeFileSync(file, bytes, { mode: 0o644 });
}

/** The name that each driver has in the kernel's memory; no build strips these names. */
const NAMES: Record<VirtioBus | ChannelDevice | 'disk' | 'root', { text: string; option: string }> = {
  mmio: { text: 'virtio-mmio', option: 'CONFIG_VIRTIO_MMIO' },
  pci: { text: 'virtio-pci', option: 'CONFIG_VIRTIO_PCI' },
  serial: { text: 'virtio_console', option: 'CONFIG_VIRTIO_CONSOLE' },
  vsock: { text: 'vmw_vsock_virtio_transport', option: 'CONFIG_VIRTIO_VSOCKETS' },
  disk: { text: 'virtio_blk', option: 'CONFIG_VIRTIO_BLK' },
  root: { text: 'squashfs', option: 'CONFIG_SQUASHFS' },
};

/**
 * Checks a kernel that has no modules. A driver whose name is nowhere in the kernel is missing, and a guest would wait
 * for its disk or its channel until the timeout.
 * @throws NotMeasurableError naming the options that the kernel was built without
 */
function requireBuiltIn(vmlinuxPath: string, devices: GuestDevices): void {
  const vmlinux = readFileSync(vmlinuxPath);
  const [bus, channel] = devices.split('-') as [VirtioBus, ChannelDevice];
  const missing = ([bus, 'disk', channel, 'root'] as const)
    .filter((part) => !vmlinux.includes(`${NAMES[part].text}\0`))
    .map((part) => NAMES[part].option);
  if (missing.length === 0) return;
  throw new NotMeasurableError(
    `the guest kernel has no modules beside it and was built without ${missing.join(', ')}: put them beside it as lib/modules/RELEASE, or use a kernel that has all built in, as npm run kernel:build makes it`,
  );
}
