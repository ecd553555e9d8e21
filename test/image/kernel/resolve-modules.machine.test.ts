import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readModule } from '../../../src/image/kernel/read-kernel-file.ts';
import { openWorkshop, type Workshop } from '../workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

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
    expect((await readModule(join(shop.dir, name), { agent: join(shop.guestDir, 'agent') })).equals(content)).toBe(
      true,
    );
  }
});

it('bounds what a module unpacks to, and says which one does not unpack', async () => {
  writeFileSync(join(shop.dir, 'bomb.ko.gz'), gzipSync(Buffer.alloc(65 * 2 ** 20)));
  await execa('sh', ['-c', 'head -c 68157440 /dev/zero | xz -1 > bomb.ko.xz'], { cwd: shop.dir });
  writeFileSync(join(shop.dir, 'broken.ko.xz'), 'no xz');
  for (const name of ['bomb.ko.gz', 'bomb.ko.xz', 'broken.ko.xz']) {
    const error = await readModule(join(shop.dir, name), { agent: join(shop.guestDir, 'agent') }).catch(
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ name: 'NotMeasurableError' });
    expect((error as Error).message).toContain(
      `the guest kernel's module ${join(shop.dir, name)} cannot be unpacked, or has more than 64 MiB (`,
    );
    expect((error as Error).message).not.toContain('\n');
  }
});
