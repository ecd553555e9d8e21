/** Which stored baselines are missing, and whether the change under test may have brought that about. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDirectoryStore } from '../../src/baseline/directory-store.ts';
import { listMissing, readStored } from '../../src/gate/stored.ts';
import type { Revisions } from '../../src/git/open-revisions.ts';
import type { BaselineRecord } from '../../src/model/baseline.ts';
import { record } from '../support/baseline-record.ts';
import { envIn } from '../support/env.ts';

let directory: string;
let store: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'isogate-stored-'));
  store = join(directory, 'baselines');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const [HEAD, BASE] = ['1'.repeat(40), '2'.repeat(40)];
const revisions = (over: Partial<Revisions> = {}): Revisions => ({
  head: HEAD,
  base: { commit: BASE, basis: 'merge-base', isTip: false },
  problem: null,
  readerOf: async () => async () => null,
  branchTip: async () => Promise.reject(new Error('not asked for')),
  baseTree: async () => '',
  ancestors: async () => [BASE],
  close: async () => {},
  ...over,
});
const read = async (own: BaselineRecord[], over: Partial<Revisions> = {}, more: { isInReach?: boolean } = {}) => {
  if (own.length > 0) await (await openDirectoryStore(store)).append({ records: own, pins: [] });
  const config = { name: 'api', workspace: directory, compare: 'stored' as const };
  return readStored({ baseline: store, remote: null, revisions: revisions(over), ...more }, config, envIn(directory));
};

describe('stored baselines that are missing', () => {
  it('are none where nothing has been recorded yet, or an ancestor’s run has', async () => {
    expect((await read([])).missing).toBeNull();
    expect((await read([record({ commit: BASE })])).missing).toBeNull();
  });

  it('are those of a change whose base descends from none that was recorded, not those of a branch that begins anew', async () => {
    expect((await read([record()])).missing).toBe(
      'the stored baseline is not used: none of its runs (1 of them) is of an ancestor of 222222222222; rebase the change, or merge the base branch into it',
    );
    expect((await read([], { base: null, ancestors: async () => [HEAD] })).missing).toBeNull();
  });

  it('are those whose history cannot be had, whether a change is judged or not', async () => {
    const ancestors = () => Promise.reject(new Error('no route to host'));
    for (const base of [revisions().base, null])
      expect((await read([record()], { base, ancestors })).missing).toMatch(
        /could not be found out \(no route to host\)/,
      );
  });

  it('are all where the base of the change is not known: its head could choose others', async () => {
    const ancestors = async () => ['a'.repeat(40)];
    const found = await read([record()], { base: null, problem: 'no commit in common', ancestors });
    expect(found).toMatchObject({
      missing: 'the base of the change could not be found: no commit in common',
      ancestors: [],
    });
  });

  it('are those in a directory that the change can fill', async () => {
    const found = await read([record({ commit: BASE })], {}, { isInReach: true });
    expect(found).toMatchObject({ records: [], missing: expect.stringContaining('which the change can fill') });
  });

  it('are those on a branch that cannot be fetched', async () => {
    const remote = { url: `file://${directory}/nowhere` };
    const config = { name: 'api', workspace: directory, compare: 'both' as const };
    const found = await readStored({ baseline: 'git', remote, revisions: revisions() }, config, envIn(directory));
    expect(found.warnings.map(({ code }) => code)).toEqual(['baseline-unreachable']);
    expect(found.missing).toMatch(/^the branch isogate-baselines of .* cannot be read/);
  });
});

describe('a baseline of another kind of machine', () => {
  const then = { kernel: '6.12', 'runtime.node': '20.1.0' };
  const missing = (now: Record<string, string>, isChange = true) =>
    listMissing({ missing: null }, [record({ fingerprint: then })], now, isChange);

  it('is not missing', () => {
    expect(missing(then)).toBeNull();
    expect(missing({ kernel: '6.13', 'runtime.node': '22.0.0' })).toBeNull();
  });

  it('is where only the language is another, which a change can bring about', () => {
    expect(missing({ ...then, 'runtime.node': '22.0.0' })).toEqual({
      baseline:
        'the baseline was measured with another version of the language (runtime.node 20.1.0 → 22.0.0), which a change can bring about; compare: both measures its base beside it',
    });
    expect(missing({ ...then, 'runtime.node': '22.0.0' }, false)).toBeNull();
  });
});
