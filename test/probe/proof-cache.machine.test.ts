import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openProofCache } from '../../src/probe/proof-cache.ts';
import { needsRoot } from '../support/skip-unless.ts';

needsRoot();

it("does not trust somebody else's file", async () => {
  const cacheDir = mkdtempSync(join(tmpdir(), 'isogate-proofs-'));
  try {
    const now = Date.now();
    const cache = await openProofCache(cacheDir, now);
    const known = {
      isolation: 'runc',
      type: 'runc',
      usable: true,
      version: 'runc 1.1',
      reason: null,
      fix: null,
    } as const;
    const result = { ...known, accelerator: null, emulated: false, provedMs: 61.5, notes: [] };
    cache.put({ key: 'a', at: now, result });
    await cache.save();
    expect((await openProofCache(cacheDir, now)).find('a')).not.toBeNull();
    chownSync(join(cacheDir, 'probe/proofs.json'), 12_345, 12_345);
    expect((await openProofCache(cacheDir, now)).find('a')).toBeNull();
  } finally {
    rmSync(cacheDir, { recursive: true });
  }
});
