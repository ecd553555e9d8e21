import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findGuestKernel } from '../../src/image/kernel/find-guest-kernel.ts';
import type { GuestKernel } from '../../src/model/image.ts';
import { skipUnless } from '../support/skip-unless.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const INSTALLED = '/opt/isogate/kernel/vmlinuz';
let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

const find = (path: string | null): Promise<GuestKernel> =>
  findGuestKernel({ source: path === null ? null : { path }, cacheDir: shop.cacheDir, guestDir: shop.guestDir });

describe('bzImage beside a vmlinux', () => {
  skipUnless(existsSync(INSTALLED), `${INSTALLED} is missing: run scripts/setup-runner`);

  /** The installed kernel's ELF file and the given boot image beside it. */
  async function beside(name: string, bootImage: Buffer): Promise<string> {
    const dir = join(shop.dir, name);
    mkdirSync(dir);
    copyFileSync((await find(null)).vmlinuxPath, join(dir, 'vmlinux'));
    writeFileSync(join(dir, 'bzImage'), bootImage);
    return join(dir, 'vmlinux');
  }

  it('is the same kernel for firmware', async () => {
    const kernel = await find(await beside('same', readFileSync(INSTALLED)));
    const first = await find(null);
    expect(kernel.release).toBe(first.release);
    expect(readFileSync(kernel.bzImagePath ?? '').equals(readFileSync(INSTALLED))).toBe(true);
    expect(readFileSync(kernel.vmlinuxPath).equals(readFileSync(first.vmlinuxPath))).toBe(true);
  });

  it.each([
    ['of another release', (image: Buffer) => overwrite(image, (text) => text.replace('6.', '5.'))],
    ['of another build', (image: Buffer) => overwrite(image, (text) => text.replace('#1', '#2'))],
    ['no boot image at all', () => Buffer.from('text')],
  ])('%s is refused', async (name, change) => {
    const path = await beside(name, change(readFileSync(INSTALLED)));
    await expect(find(path)).rejects.toThrow(
      `${path.replace('vmlinux', 'bzImage')} is not the boot image of the guest kernel ${path} beside it: remove it, or build both together`,
    );
  });
});

/** The text of release and build in the setup code (boot.rst, kernel_version). */
function overwrite(image: Buffer, change: (text: string) => string): Buffer {
  const at = image.readUInt16LE(0x20e) + 0x200;
  const end = image.indexOf(0, at);
  const changed = Buffer.from(image);
  changed.write(change(image.toString('latin1', at, end)), at, 'latin1');
  return changed;
}
