import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { NotMeasurableError } from '../errors.ts';

/** What a guest needs to see its disk and its channel; the last only spares it a wait for randomness. */
const NEEDED = ['virtio_mmio', 'virtio_blk', 'virtio_console', 'squashfs'];
const WANTED = ['virtio_rng'];

/**
 * Files of `modulesDir` (`lib/modules/RELEASE`) to load, in an order in which each finds what it depends on; those
 * that the kernel has built in are left out.
 *
 * @throws NotMeasurableError when the kernel has one neither built in nor as a module
 */
export function resolveModules(modulesDir: string): string[] {
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
    // A line of modules.dep lists all that is needed, the ones to load first last (modules.dep(5), depmod.c).
    for (const dependency of found.dependencies.toReversed()) ordered.add(dependency);
    ordered.add(found.file);
  };
  for (const name of NEEDED) add(name, true);
  for (const name of WANTED) add(name, false);
  return [...ordered].map((file) => join(modulesDir, file));
}

function readLines(modulesDir: string, name: string): string[] {
  const file = join(modulesDir, name);
  if (!existsSync(file)) {
    const fix = `run depmod -b ${modulesDir.replace(/\/lib\/modules\/[^/]+\/?$/, '')} ${basename(modulesDir)}`;
    throw new NotMeasurableError(`${file} is missing: ${fix}, or scripts/setup-runner for a kernel that is complete`);
  }
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

/** The kernel takes `-` and `_` in a module's name for the same. */
const moduleName = (file: string): string =>
  basename(file)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
