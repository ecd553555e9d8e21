import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildInitramfses } from '../../../src/image/kernel/build-initramfs.ts';
import { findGuestKernel } from '../../../src/image/kernel/find-guest-kernel.ts';
import { readElf } from '../../../src/image/runtime/read-elf.ts';
import type { GuestKernel } from '../../../src/model/image.ts';
import { skipUnless } from '../../support/skip-unless.ts';
import { openWorkshop, type Workshop, writeTree } from '../workshop.ts';

const INSTALLED = '/opt/isogate/kernel';
let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

const mmioSerial = async (options: Parameters<typeof buildInitramfses>[0]): Promise<string> =>
  (await buildInitramfses(options))['mmio-serial'].path ?? '';

const find = (path: string | null): Promise<GuestKernel> =>
  findGuestKernel({ source: path === null ? null : { path }, cacheDir: shop.cacheDir, guestDir: shop.guestDir });

describe(`the kernel in ${INSTALLED}`, () => {
  skipUnless(existsSync(INSTALLED), `${INSTALLED} is missing: run scripts/setup-runner`);

  const release = (): string => readFileSync(join(INSTALLED, 'release'), 'utf8').trim();

  it('is taken out of its boot image', async () => {
    const kernel = await find(null);
    expect(kernel.release).toBe(release());
    expect(kernel.modulesDir).toBe(join(INSTALLED, 'lib/modules', release()));
    const vmlinux = readFileSync(kernel.vmlinuxPath);
    expect(vmlinux.length).toBeGreaterThan(readFileSync(join(INSTALLED, 'vmlinuz')).length * 2);
    expect(vmlinux.includes(`Linux version ${release()} `)).toBe(true);
    expect(readElf(vmlinux)).toMatchObject({ machine: 62, interpreter: null });
    const notes = await execa('readelf', ['--notes', kernel.vmlinuxPath]);
    expect(notes.stdout).toContain('0x00000012');
  });

  it('is the same found as a vmlinux, with its release out of its own words and its modules beside it', async () => {
    const first = await find(null);
    const dir = join(shop.dir, 'own-kernel');
    mkdirSync(dir);
    copyFileSync(first.vmlinuxPath, join(dir, 'vmlinux'));
    cpSync(join(INSTALLED, 'lib'), join(dir, 'lib'), { recursive: true });
    const second = await find(join(dir, 'vmlinux'));
    expect(second).toMatchObject({
      release: release(),
      modulesDir: join(dir, 'lib/modules', release()),
      digest: first.digest,
    });
    expect(readFileSync(second.vmlinuxPath).equals(readFileSync(first.vmlinuxPath))).toBe(true);
  });

  it('has no modules where there are none beside it, and then another digest', async () => {
    const first = await find(null);
    const dir = writeTree(join(shop.dir, 'bare-kernel'), { release: '1.2.3\n' });
    copyFileSync(first.vmlinuxPath, join(dir, 'vmlinux'));
    const bare = await find(join(dir, 'vmlinux'));
    expect(bare).toMatchObject({ modulesDir: null, release: '1.2.3' });
    expect(bare.digest).not.toBe(first.digest);
  });

  it('shows nothing of what a link beside it leads to', async () => {
    const first = await find(null);
    const secret = join(shop.dir, 'secret');
    writeFileSync(secret, 'secret-1.2.3\n');
    const dir = writeTree(join(shop.dir, 'links'), {});
    mkdirSync(dir);
    copyFileSync(first.vmlinuxPath, join(dir, 'vmlinux'));
    symlinkSync(secret, join(dir, 'release'));
    const error = await find(join(dir, 'vmlinux')).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({
      name: 'NotMeasurableError',
      message: `${dir}/release, part of a guest kernel, is missing or leads out of ${dir}: use a kernel that is complete in ${dir}`,
    });
  });

  it.each([
    ['lines', 'one\ntwo\n'],
    ['a path', '../../etc\n'],
    ['dots', '..\n'],
    ['too long', 'a'.repeat(65)],
    ['nothing', ''],
  ])('is refused with a release that is none: %s', async (name, text) => {
    const first = await find(null);
    const dir = writeTree(join(shop.dir, `release-${name}`), { release: text });
    copyFileSync(first.vmlinuxPath, join(dir, 'vmlinux'));
    await expect(find(join(dir, 'vmlinux'))).rejects.toThrow(
      `the guest kernel ${dir}/vmlinux has no release as uname prints it (letters, digits, . _ + -, at most 64): write it to ${dir}/release`,
    );
  });

  it('is refused with modules in another place', async () => {
    const first = await find(null);
    const dir = writeTree(join(shop.dir, 'modules-elsewhere'), { 'lib/modules/x': '' });
    copyFileSync(first.vmlinuxPath, join(dir, 'vmlinux'));
    symlinkSync(join(INSTALLED, 'lib/modules', release()), join(dir, 'lib/modules', release()));
    await expect(find(join(dir, 'vmlinux'))).rejects.toThrow(
      `the guest kernel ${dir}/vmlinux has its modules in ${dir}/lib/modules/${release()}, which leads out of ${dir}: copy them there`,
    );
  });

  it('gives an initramfs of agent and needed modules, the same bytes each time', async () => {
    const kernel = await find(null);
    const first = await mmioSerial({ ...shop, kernel });
    const second = await mmioSerial({ ...shop, kernel, cacheDir: join(shop.dir, 'other') });
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true);
    const into = join(shop.dir, 'unpacked');
    mkdirSync(into);
    await execa('cpio', ['-id', '--quiet', '-F', first], { cwd: into });
    expect(readFileSync(join(into, 'init')).equals(readFileSync(join(shop.guestDir, 'agent')))).toBe(true);
    const listed = readFileSync(join(into, 'modules.list'), 'utf8').trim().split('\n');
    const names = listed.map((file) => file.replace(/^\/modules\/(.*)\.ko$/, '$1').replaceAll('-', '_'));
    for (const name of ['virtio_mmio', 'virtio_blk', 'virtio_console', 'squashfs']) expect(names).toContain(name);
    // Each dependency stands before what needs it: modinfo names them in the file itself.
    for (const [index, file] of listed.entries()) {
      const text = readFileSync(join(into, file), 'latin1');
      const needed = /\0depends=([^\0]*)\0/.exec(text)?.[1]?.split(',').filter(Boolean) ?? [];
      expect(names.slice(0, index)).toEqual(expect.arrayContaining(needed));
    }
  });
});
