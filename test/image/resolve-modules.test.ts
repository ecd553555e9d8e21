import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readModule } from '../../src/image/read-module.ts';
import { resolveModules } from '../../src/image/resolve-modules.ts';
import { openWorkshop, type Workshop, writeTree } from './workshop.ts';

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
  });
  expect(resolveModules(dir).map((file) => file.slice(dir.length + 1))).toEqual([
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
  expect(() => resolveModules(dir)).toThrow(`the guest kernel of ${dir} has no virtio_console: use a kernel`);
});

it('says how to make a missing modules.dep', () => {
  const dir = kernel('raw', { 'modules.builtin': '' });
  expect(() => resolveModules(dir)).toThrow(
    `${dir}/modules.dep is missing: run depmod -b ${join(shop.dir, 'raw')} 9.9`,
  );
});

it('decompresses modules', async () => {
  const content = Buffer.from('a module, '.repeat(100));
  const compressed = {
    'm.ko': content,
    'm.ko.gz': gzipSync(content),
    'm.ko.xz': Buffer.from((await execa('xz', ['-c'], { input: content, encoding: 'buffer' })).stdout),
    'm.ko.zst': Buffer.from((await execa('zstd', ['-c'], { input: content, encoding: 'buffer' })).stdout),
  };
  for (const [name, bytes] of Object.entries(compressed)) {
    writeFileSync(join(shop.dir, name), bytes);
    expect((await readModule(join(shop.dir, name))).equals(content)).toBe(true);
  }
});
