import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, NotMeasurableError } from '../errors.ts';
import type { GuestKernel } from '../types.ts';
import { digestFile, digestJson } from './digest-tree.ts';
import { bzImageRelease, extractVmlinux, isBzImage } from './extract-vmlinux.ts';
import { readElf } from './read-elf.ts';
import { resolveModules } from './resolve-modules.ts';
import { useCached } from './use-cached.ts';

const DEFAULT_DIR = '/opt/isogate/kernel';
const FIX = 'run scripts/setup-runner';
/** XEN_ELFNOTE_PHYS32_ENTRY (Xen, public/elfnote.h): the entry point by which VMMs start a kernel directly. */
const PVH_NOTE = { owner: 'Xen', type: 18 };

/**
 * The kernel for guests as an uncompressed ELF file, taken out of a boot image if need be.
 *
 * @param options.path an ELF vmlinux or a bzImage, its modules beside it under `lib/modules/RELEASE`; null for the one
 *   that scripts/setup-runner installed
 * @throws NotMeasurableError when there is none, or none that a VMM can start directly
 */
export async function findGuestKernel(options: { path: string | null; cacheDir: string }): Promise<GuestKernel> {
  const path = options.path ?? installedKernel();
  const image = readKernel(path);
  const fileDigest = `sha256:${createHash('sha256').update(image).digest('hex')}`;
  const { dir, digest } = await useCached({
    kind: 'kernel',
    key: fileDigest,
    cacheDir: options.cacheDir,
    title: `kernel ${path}`,
    log: () => {},
    build: async (into) => writeFileSync(join(into, 'vmlinux'), await vmlinuxOf(path, image), { mode: 0o644 }),
  });
  const vmlinuxPath = join(dir, 'vmlinux');
  const release = releaseOf(path, image, vmlinuxPath);
  const modulesDir = modulesBeside(path, release);
  const modules = modulesDir ? resolveModules(modulesDir).map(digestFile) : [];
  return { vmlinuxPath, modulesDir, release, digest: digestJson({ kernel: digest, modules }) };
}

function installedKernel(): string {
  for (const name of ['vmlinuz', 'vmlinux']) {
    if (existsSync(join(DEFAULT_DIR, name))) return join(DEFAULT_DIR, name);
  }
  throw new NotMeasurableError(`there is no guest kernel in ${DEFAULT_DIR}: ${FIX}`);
}

function readKernel(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new NotMeasurableError(`the guest kernel ${path} cannot be read (${messageOf(error)}): ${FIX}`);
  }
}

async function vmlinuxOf(path: string, image: Buffer): Promise<Buffer> {
  const refuse = (what: string) =>
    new NotMeasurableError(
      `the guest kernel ${path} ${what}: ${FIX}, or name an x86-64 vmlinux or bzImage with CONFIG_PVH`,
    );
  if (!isBzImage(image) && !readElf(image)) throw refuse('is neither a bzImage nor a 64-bit ELF file');
  const vmlinux = isBzImage(image)
    ? await extractVmlinux(image).catch((error: unknown) => {
        throw error instanceof NotMeasurableError ? error : refuse(`cannot be unpacked (${messageOf(error)})`);
      })
    : image;
  const elf = readElf(vmlinux);
  if (!elf) throw refuse('holds no 64-bit ELF file');
  if (!elf.notes.some((note) => note.owner === PVH_NOTE.owner && note.type === PVH_NOTE.type))
    throw refuse('has no PVH entry point');
  return vmlinux;
}

/** What setup-runner wrote down, else what the kernel says of itself. */
function releaseOf(path: string, image: Buffer, vmlinuxPath: string): string {
  const stated = join(dirname(path), 'release');
  if (existsSync(stated)) return readFileSync(stated, 'utf8').trim();
  if (isBzImage(image)) return bzImageRelease(image);
  const vmlinux = readFileSync(vmlinuxPath);
  const banner = vmlinux.indexOf('Linux version ');
  return banner < 0 ? 'unknown' : (vmlinux.toString('latin1', banner, banner + 256).split(' ')[2] ?? 'unknown');
}

function modulesBeside(path: string, release: string): string | null {
  const all = join(dirname(path), 'lib/modules');
  if (!existsSync(all)) return null;
  if (existsSync(join(all, release))) return join(all, release);
  const [only, ...others] = readdirSync(all);
  return only !== undefined && others.length === 0 && release === 'unknown' ? join(all, only) : null;
}
