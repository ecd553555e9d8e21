import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openOwnRepository } from '../../src/git/own-repository.ts';

const root = mkdtempSync(join(tmpdir(), 'isogate-own-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('fetches nothing that it was not told to fetch', async () => {
  const { run } = await openOwnRepository(join(root, 'own.git'), null);
  const shown = await run(['-c', 'alias.lazy=!printf %s "$GIT_NO_LAZY_FETCH"', 'lazy']);
  expect(shown.toString()).toBe('1');
});
