import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { NotMeasurableError } from '../../model/errors.ts';
import type { ChannelDevice, GuestDevices, VirtioBus } from '../../model/image.ts';
import { checkKernelFile, MAX_MODULE_BYTES, readKernelFile } from './read-kernel-file.ts';

/** The modules that a guest needs to see its disk and its channel. */
const NEEDED: Record<VirtioBus | ChannelDevice, string> = {
  mmio: 'virtio_mmio',
  pci: 'virtio_pci',
  serial: 'virtio_console',
  vsock: 'vmw_vsock_virtio_transport',
};
/** Spares the guest a wait for randomness; it works without. */
const WANTED = ['virtio_rng'];
/** Kernels of distributions need about ten. */
const MAX_MODULES = 64;
const MAX_LIST_BYTES = 16 * 2 ** 20;

/**
 * Files of `modulesDir` (`lib/modules/RELEASE`) to load, each after the modules that it depends on. Drivers that are
 * built into the kernel are left out.
 * @throws NotMeasurableError when the kernel has a driver neither built in nor as a module, or when a module is no
 *   regular file below `modulesDir`
 */
export function resolveModules(modulesDir: string, devices: GuestDevices): string[] {
  const builtIn = new Set(readLines(modulesDir, 'modules.builtin').map(moduleName));
  const files = new Map<string, { file: string; dependencies: string[] }>();
  for (const line of readLines(modulesDir, 'modules.dep')) {
    const [file = '', dependencies = ''] = line.split(':');
    files.set(moduleName(file), { file, dependencies: dependencies.split(' ').filter(Boolean) });
  }
  const ordered = new Set<string>();
  const add = (name: string, required: boolean): void => {
    if (builtIn.has(name)) return;
    const found = files.get(name);
    if (!found) {
      if (!required) return;
      const fix = 'use a kernel that has it, or the one that scripts/setup-runner installs';
      throw new NotMeasurableError(`the guest kernel of ${modulesDir} has no ${name}: ${fix}`);
    }
    // A line of modules.dep lists all dependencies, and those to load first come last (modules.dep(5), depmod.c).
    for (const dependency of found.dependencies.toReversed()) ordered.add(dependency);
    ordered.add(found.file);
  };
  const [bus, channel] = devices.split('-') as [VirtioBus, ChannelDevice];
  for (const name of [NEEDED[bus], 'virtio_blk', NEEDED[channel], 'squashfs']) add(name, true);
  for (const name of WANTED) add(name, false);
  if (ordered.size > MAX_MODULES)
    throw new NotMeasurableError(
      `${modulesDir}/modules.dep names ${ordered.size} modules to load, more than ${MAX_MODULES}: run depmod again`,
    );
  const limits = { dir: modulesDir, maxBytes: MAX_MODULE_BYTES };
  return [...ordered].map((file) => checkKernelFile(join(modulesDir, file), limits));
}

function readLines(modulesDir: string, name: string): string[] {
  const file = join(modulesDir, name);
  if (!existsSync(file)) {
    const fix = `run depmod -b ${modulesDir.replace(/\/lib\/modules\/[^/]+\/?$/, '')} ${basename(modulesDir)}`;
    throw new NotMeasurableError(`${file} is missing: ${fix}, or scripts/setup-runner for a kernel that is complete`);
  }
  const text = readKernelFile(file, { dir: modulesDir, maxBytes: MAX_LIST_BYTES }).toString('utf8');
  return text.split('\n').filter(Boolean);
}

/** In a module's name the kernel does not distinguish `-` and `_`. */
const moduleName = (file: string): string =>
  basename(file)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
