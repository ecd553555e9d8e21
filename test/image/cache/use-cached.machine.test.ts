import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CacheEntry, useCached } from '../../../src/image/cache/use-cached.ts';
import { needsRoot } from '../../support/skip-unless.ts';
import { openWorkshop, type Workshop } from '../workshop.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop.remove());

const KEY = `sha256:${'a'.repeat(64)}`;
const entry = (content: string, more: Partial<CacheEntry> = {}): CacheEntry => ({
  ...{ key: KEY, cacheDir: shop.cacheDir, kind: 'disk', title: 'thing', log: shop.log },
  build: async (dir) => writeFileSync(join(dir, 'file'), content),
  ...more,
});
const kindDir = (): string => join(shop.cacheDir, 'disk');

needsRoot();

it('is not stopped by a leftover that cannot be removed', async () => {
  const leftover = join(kindDir(), `.partial-${'0'.repeat(32)}-1-1-abc`);
  mkdirSync(leftover, { recursive: true });
  // Nothing else stops root; a mount would be removed first.
  await execa('chattr', ['+i', leftover]);
  try {
    const { dir } = await useCached(entry('one'));
    expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('one');
    expect(shop.lines).toContainEqual(
      expect.stringMatching(/^cache: .*\.partial-0+-1-1-abc could not be removed, remove it by hand \(rm -rf failed/),
    );
  } finally {
    await execa('chattr', ['-i', leftover]);
  }
});
