import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findGuestKernel } from '../../../src/image/kernel/find-guest-kernel.ts';
import type { GuestKernel } from '../../../src/model/image.ts';
import { openWorkshop, type Workshop } from '../workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

const find = (path: string | null): Promise<GuestKernel> =>
  findGuestKernel({ source: path === null ? null : { path }, cacheDir: shop.cacheDir, guestDir: shop.guestDir });

describe('what is no kernel', () => {
  it.each([
    ['a text', 'text', 'is neither a bzImage nor a 64-bit ELF file'],
    ['a program', '/bin/true', 'has no PVH entry point'],
  ])('%s', async (_, content, message) => {
    const file = join(shop.dir, `not-${content.replaceAll('/', '')}`);
    writeFileSync(file, content.startsWith('/') ? readFileSync(content) : content);
    const error = await find(file).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'NotMeasurableError' });
    expect((error as Error).message).toBe(
      `the guest kernel ${file} ${message}: run scripts/setup-runner, or name an x86-64 vmlinux or bzImage with CONFIG_PVH`,
    );
  });

  it('a file that is not there', async () => {
    const message = /^the guest kernel \/no\/vmlinuz cannot be read \(ENOENT.*\): run scripts\/setup-runner$/;
    await expect(find('/no/vmlinuz')).rejects.toThrow(message);
  });

  it('a device, a pipe, a socket, a file that is too large', async () => {
    const pipe = join(shop.dir, 'pipe');
    await execa('mkfifo', [pipe]);
    const large = join(shop.dir, 'large');
    await execa('truncate', ['-s', '513M', large]);
    const server = createServer().listen(join(shop.dir, 's'));
    await expect(find(join(shop.dir, 's'))).rejects.toThrow('/s, part of a guest kernel, cannot be read (ENXIO): use');
    server.close();
    await expect(find('/dev/zero')).rejects.toThrow('/dev/zero, part of a guest kernel, is not a regular file: use');
    await expect(find(pipe)).rejects.toThrow(`${pipe}, part of a guest kernel, is not a regular file: use`);
    await expect(find(large)).rejects.toThrow('has 537919488 bytes, more than 536870912: use');
  });
});
