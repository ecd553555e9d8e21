import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { GuestKernel } from '../types.ts';
import { digestFile, digestJson } from './digest-tree.ts';
import { listTree } from './list-tree.ts';
import { readModule } from './read-module.ts';
import { resolveModules } from './resolve-modules.ts';
import { runTool } from './run-tool.ts';
import { sealTree } from './seal-tree.ts';
import { useCached } from './use-cached.ts';

/**
 * The first file system of a guest: the agent as `/init`, the modules that it loads and their list. Uncompressed: no
 * guest is to pay for decompression.
 *
 * @returns path of the newc archive, the same bytes for the same kernel and agent
 */
export async function buildInitramfs(options: {
  kernel: GuestKernel;
  guestDir: string;
  cacheDir: string;
  log: (line: string) => void;
}): Promise<string> {
  const agent = join(options.guestDir, 'agent');
  const { dir } = await useCached({
    kind: 'initramfs',
    key: digestJson({ format: 1, kernel: options.kernel.digest, agent: digestFile(agent) }),
    cacheDir: options.cacheDir,
    title: `initramfs for ${options.kernel.release}`,
    log: options.log,
    async build(into) {
      const tree = join(into, 'tree');
      await fillTree(tree, agent, options.kernel.modulesDir);
      await archive(tree, join(into, 'initramfs.cpio'));
      rmSync(tree, { recursive: true });
    },
  });
  return join(dir, 'initramfs.cpio');
}

async function fillTree(tree: string, agent: string, modulesDir: string | null): Promise<void> {
  mkdirSync(join(tree, 'modules'), { recursive: true });
  for (const name of ['dev', 'proc', 'sys', 'sysroot']) mkdirSync(join(tree, name));
  copyFileSync(agent, join(tree, 'init'));
  chmodSync(join(tree, 'init'), 0o755);
  const list: string[] = [];
  for (const file of modulesDir ? resolveModules(modulesDir) : []) {
    const name = `/modules/${basename(file).replace(/\.ko\.\w+$/, '.ko')}`;
    writeFileSync(join(tree, name), await readModule(file));
    list.push(`${name}\n`);
  }
  writeFileSync(join(tree, 'modules.list'), list.join(''));
  sealTree(tree);
}

/** The kernel's own built-in archive already has /dev/console (usr/default_cpio_list), so no node is made here. */
async function archive(tree: string, file: string): Promise<void> {
  const names = ['.', ...listTree(tree).map((entry) => entry.path)].map((name) => `${name}\0`).join('');
  const args = ['-o', '-0', '-H', 'newc', '--reproducible', '-R', '0:0', '--quiet'];
  const bytes = await runTool('cpio', args, { debianPackage: 'cpio', cwd: tree, input: Buffer.from(names) });
  writeFileSync(file, bytes, { mode: 0o644 });
}
