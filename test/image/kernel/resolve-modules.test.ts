import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolveModules } from '../../../src/image/kernel/resolve-modules.ts';
import { openWorkshop, type Workshop, writeTree } from '../workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

const kernel = (name: string, files: Record<string, string>): string =>
  writeTree(join(shop.dir, name, 'lib/modules/9.9'), files);

it('puts what is needed first, once, and leaves out what is built in', () => {
  const dir = kernel('some', {
    'modules.builtin': 'kernel/drivers/block/virtio_blk.ko\nkernel/drivers/virtio/virtio.ko\n',
    'modules.dep': [
      'kernel/virtio_mmio.ko.xz: kernel/virtio_b.ko.xz kernel/virtio_a.ko.xz',
      'kernel/virtio-console.ko.xz: kernel/virtio_a.ko.xz',
      'kernel/squashfs.ko.xz:',
      'kernel/other.ko.xz:',
    ].join('\n'),
    ...Object.fromEntries(
      ['virtio_a', 'virtio_b', 'virtio_mmio', 'virtio-console', 'squashfs'].map((name) => [`kernel/${name}.ko.xz`, '']),
    ),
  });
  expect(resolveModules(dir, 'mmio-serial').map((file) => file.slice(dir.length + 1))).toEqual([
    'kernel/virtio_a.ko.xz',
    'kernel/virtio_b.ko.xz',
    'kernel/virtio_mmio.ko.xz',
    'kernel/virtio-console.ko.xz',
    'kernel/squashfs.ko.xz',
  ]);
});

it('names what a kernel lacks', () => {
  const dir = kernel('poor', {
    'modules.builtin': '',
    'modules.dep': 'kernel/virtio_mmio.ko:\nkernel/virtio_blk.ko:\n',
  });
  expect(() => resolveModules(dir, 'mmio-serial')).toThrow(
    `the guest kernel of ${dir} has no virtio_console: use a kernel`,
  );
});

it('says how to make a missing modules.dep', () => {
  const dir = kernel('raw', { 'modules.builtin': '' });
  expect(() => resolveModules(dir, 'mmio-serial')).toThrow(
    `${dir}/modules.dep is missing: run depmod -b ${join(shop.dir, 'raw')} 9.9`,
  );
});

/** A kernel with all built in but squashfs, whose line is given. */
const withLine = (name: string, line: string): string =>
  kernel(name, {
    'modules.builtin': ['virtio_mmio', 'virtio_blk', 'virtio_console'].map((one) => `kernel/${one}.ko\n`).join(''),
    'modules.dep': `${line}\n`,
    'kernel/squashfs.ko': '',
  });

it('names only what is below its own directory', async () => {
  writeFileSync(join(shop.dir, 'secret'), 'secret');
  const up = withLine('up', 'kernel/squashfs.ko: ../../../../secret');
  expect(() => resolveModules(up, 'mmio-serial')).toThrow(
    `${join(shop.dir, 'secret')}, part of a guest kernel, is missing or leads out of ${up}: use a kernel that is complete in ${up}`,
  );
  const link = withLine('link', 'kernel/squashfs.ko: kernel/link.ko');
  symlinkSync(join(shop.dir, 'secret'), join(link, 'kernel/link.ko'));
  expect(() => resolveModules(link, 'mmio-serial')).toThrow(
    `${link}/kernel/link.ko, part of a guest kernel, is missing or leads out`,
  );
  const pipe = withLine('pipe', 'kernel/squashfs.ko: kernel/pipe.ko');
  await execa('mkfifo', [join(pipe, 'kernel/pipe.ko')]);
  expect(() => resolveModules(pipe, 'mmio-serial')).toThrow(
    `${pipe}/kernel/pipe.ko, part of a guest kernel, is not a regular file`,
  );
  const large = withLine('large', 'kernel/squashfs.ko: kernel/large.ko');
  await execa('truncate', ['-s', '65M', join(large, 'kernel/large.ko')]);
  expect(() => resolveModules(large, 'mmio-serial')).toThrow(
    'large.ko, part of a guest kernel, has 68157440 bytes, more than 67108864',
  );
  const list = withLine('list', '');
  rmSync(join(list, 'modules.dep'));
  symlinkSync('/etc/passwd', join(list, 'modules.dep'));
  expect(() => resolveModules(list, 'mmio-serial')).toThrow(
    `${list}/modules.dep, part of a guest kernel, is missing or leads out`,
  );
});

it('bounds how many modules are loaded', () => {
  const many = withLine(
    'many',
    `kernel/squashfs.ko: ${Array.from({ length: 64 }, (_, n) => `kernel/m${n}.ko`).join(' ')}`,
  );
  expect(() => resolveModules(many, 'mmio-serial')).toThrow(
    `${many}/modules.dep names 65 modules to load, more than 64: run depmod again`,
  );
});
