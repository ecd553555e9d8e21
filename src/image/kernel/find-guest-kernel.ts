import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestBytes, digestJson } from '../../lib/digest.ts';
import type { KernelSource } from '../../model/config.ts';
import { messageOf, NotMeasurableError } from '../../model/errors.ts';
import type { GuestKernel } from '../../model/image.ts';
import { useCached } from '../cache/use-cached.ts';
import type { Unpacker } from '../confine/unpack-confined.ts';
import { readElf, readElfNotes, TooMuchInElfError } from '../runtime/read-elf.ts';
import { digestFile } from '../tree/digest-tree.ts';
import { isBelow } from '../tree/is-below.ts';
import { downloadKernel } from './download-kernel.ts';
import { extractVmlinux, isBzImage, readBzImageBuild, readBzImageRelease } from './extract-vmlinux.ts';
import { MAX_KERNEL_BYTES, readKernelFile } from './read-kernel-file.ts';
import { resolveModules } from './resolve-modules.ts';

const DEFAULT_DIR = '/opt/isogate/kernel';
const FIX = 'run scripts/setup-runner';
/** A release as uname prints it; nothing else may come into a report or a path. */
const RELEASE = /^\w[\w.+-]{0,63}$/;
const BANNER = 'Linux version ';
const MAX_RELEASE_FILE_BYTES = 4096;
/** A kernel has one or two. */
const MAX_BANNERS = 16;
/** XEN_ELFNOTE_PHYS32_ENTRY (Xen, public/elfnote.h): the entry point by which VMMs start a kernel directly. */
const PVH_NOTE = { owner: 'Xen', type: 18 };

/**
 * The kernel for guests as an uncompressed ELF file, extracted from a boot image if necessary.
 * @param options.source an ELF vmlinux or a bzImage, with its modules beside it under `lib/modules/RELEASE`, or one to
 *   download, which has no modules; null for the one that scripts/setup-runner installed. A `bzImage` beside an ELF
 *   file is the same kernel for firmware
 * @throws NotMeasurableError when there is none, when a VMM cannot start it directly, or when a file that belongs to it
 *   lies, after all links, outside its directory
 */
export async function findGuestKernel(options: {
  source: KernelSource | null;
  cacheDir: string;
  guestDir: string;
  log?: (line: string) => void;
  /** Ends a download at once. */
  signal?: AbortSignal | undefined;
}): Promise<GuestKernel> {
  const { cacheDir, log = () => {} } = options;
  const named = await locateKernel(options.source, { cacheDir, log, signal: options.signal });
  const image = readKernel(named);
  // Its other files lie beside the file itself, not beside a link to it.
  const path = realpathSync.native(named);
  const bootImage = isBzImage(image) ? image : readBootImage(path, image);
  const digests = {
    fileDigest: digestBytes(image),
    ...(bootImage && bootImage !== image && { boot: digestBytes(bootImage) }),
  };
  const { dir } = await useCached({
    kind: 'kernel',
    key: digestJson({ format: 2, ...digests }),
    cacheDir,
    title: `kernel ${path}`,
    log: () => {},
    async build(into) {
      writeFileSync(
        join(into, 'vmlinux'),
        await readVmlinux(path, image, { agent: join(options.guestDir, 'agent'), signal: options.signal }),
        { mode: 0o644 },
      );
      if (bootImage) writeFileSync(join(into, 'bzImage'), bootImage, { mode: 0o644 });
    },
  });
  const vmlinuxPath = join(dir, 'vmlinux');
  const release = readRelease(path, image, vmlinuxPath);
  const modulesDir = findModules(path, release);
  // The modules that every VMM needs. For other devices each VMM says by itself what the kernel lacks.
  const modules = modulesDir ? resolveModules(modulesDir, 'mmio-serial').map(digestFile) : [];
  const bzImagePath = bootImage ? join(dir, 'bzImage') : null;
  return {
    vmlinuxPath,
    bzImagePath,
    modulesDir,
    release,
    digest: digestJson({ kernel: digestFile(vmlinuxPath), modules }),
  };
}

async function locateKernel(
  source: KernelSource | null,
  options: { cacheDir: string; log: (line: string) => void; signal: AbortSignal | undefined },
): Promise<string> {
  if (source === null) return findInstalledKernel();
  return 'path' in source ? source.path : downloadKernel({ source, ...options });
}

/**
 * Reads the boot image beside the ELF file. It is refused unless it is the same kernel, because all VMs must boot the
 * same.
 */
function readBootImage(path: string, vmlinux: Buffer): Buffer | null {
  const dir = dirname(path);
  const file = join(dir, 'bzImage');
  if (!lstatSync(file, { throwIfNoEntry: false })) return null;
  const image = readKernelFile(file, { dir, maxBytes: MAX_KERNEL_BYTES });
  if (isBzImage(image)) {
    const { release, build } = readBzImageBuild(image);
    const same = (banner: string): boolean => banner.split(' ')[2] === release && banner.includes(build);
    if (readBanners(vmlinux).some(same)) return image;
  }
  throw new NotMeasurableError(
    `${file} is not the boot image of the guest kernel ${path} beside it: remove it, or build both together`,
  );
}

/**
 * All banners `Linux version RELEASE (USER@HOST) (COMPILER) #BUILD …`; some kernels have a second one without the
 * build's number.
 */
function readBanners(vmlinux: Buffer): string[] {
  const banners: string[] = [];
  for (let at = vmlinux.indexOf(BANNER); at >= 0 && banners.length < MAX_BANNERS; at = vmlinux.indexOf(BANNER, at + 1))
    banners.push(vmlinux.toString('latin1', at, at + 512).split('\n')[0] ?? '');
  return banners;
}

function findInstalledKernel(): string {
  for (const name of ['vmlinuz', 'vmlinux']) {
    if (existsSync(join(DEFAULT_DIR, name))) return join(DEFAULT_DIR, name);
  }
  throw new NotMeasurableError(`there is no guest kernel in ${DEFAULT_DIR}: ${FIX}`);
}

function readKernel(path: string): Buffer {
  try {
    const real = realpathSync.native(path);
    return readKernelFile(real, { dir: dirname(real), maxBytes: MAX_KERNEL_BYTES });
  } catch (error) {
    if (error instanceof NotMeasurableError) throw error;
    throw new NotMeasurableError(`the guest kernel ${path} cannot be read (${messageOf(error)}): ${FIX}`);
  }
}

async function readVmlinux(path: string, image: Buffer, unpacker: Unpacker): Promise<Buffer> {
  const refuse = (what: string) =>
    new NotMeasurableError(
      `the guest kernel ${path} ${what}: ${FIX}, or name an x86-64 vmlinux or bzImage with CONFIG_PVH`,
    );
  const parse = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw error instanceof TooMuchInElfError ? refuse(`has ${error.message}`) : error;
    }
  };
  if (!isBzImage(image) && !parse(() => readElf(image))) throw refuse('is neither a bzImage nor a 64-bit ELF file');
  const vmlinux = isBzImage(image)
    ? await extractVmlinux(image, unpacker).catch((error: unknown) => {
        throw error instanceof NotMeasurableError ? error : refuse(`cannot be unpacked (${messageOf(error)})`);
      })
    : image;
  if (!parse(() => readElf(vmlinux))) throw refuse('holds no 64-bit ELF file');
  if (!readElfNotes(vmlinux).some((note) => note.owner === PVH_NOTE.owner && note.type === PVH_NOTE.type))
    throw refuse('has no PVH entry point');
  return vmlinux;
}

/** The release that setup-runner wrote down, else the one in the kernel itself. */
function readRelease(path: string, image: Buffer, vmlinuxPath: string): string {
  const dir = dirname(path);
  const stated = join(dir, 'release');
  const release = lstatSync(stated, { throwIfNoEntry: false })
    ? readKernelFile(stated, { dir, maxBytes: MAX_RELEASE_FILE_BYTES }).toString('utf8').trim()
    : readOwnRelease(image, vmlinuxPath);
  if (RELEASE.test(release)) return release;
  // The value is left out, because it may be anything.
  throw new NotMeasurableError(
    `the guest kernel ${path} has no release as uname prints it (letters, digits, . _ + -, at most 64): write it to ${stated}`,
  );
}

function readOwnRelease(image: Buffer, vmlinuxPath: string): string {
  if (isBzImage(image)) return readBzImageRelease(image);
  return readBanners(readFileSync(vmlinuxPath))[0]?.split(' ')[2] ?? 'unknown';
}

function findModules(path: string, release: string): string | null {
  const all = join(dirname(path), 'lib/modules');
  const dir = existsSync(join(all, release)) ? join(all, release) : findOnlyChild(path, all, release);
  return dir === null ? null : requireInside(path, dir);
}

function findOnlyChild(path: string, all: string, release: string): string | null {
  if (release !== 'unknown' || !existsSync(all)) return null;
  const [only, ...others] = readdirSync(requireInside(path, all));
  return only !== undefined && others.length === 0 ? join(all, only) : null;
}

function requireInside(path: string, dir: string): string {
  if (isBelow(dir, dirname(path))) return realpathSync.native(dir);
  throw new NotMeasurableError(
    `the guest kernel ${path} has its modules in ${dir}, which leads out of ${dirname(path)}: copy them there`,
  );
}
