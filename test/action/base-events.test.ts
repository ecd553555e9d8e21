import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readBaseEvents } from '../../src/action/base-events.ts';
import type { Revisions } from '../../src/git/open-revisions.ts';
import { NotMeasurableError } from '../../src/model/errors.ts';

/** The base's files as a checkout would hold them; the change's own lie elsewhere and are not looked at. */
let tree: string;
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'isogate-events-'));
  mkdirSync(join(tree, 'apps/events'), { recursive: true });
});
afterEach(() => rmSync(tree, { recursive: true, force: true }));

const CONFIG = `name: api
functions:
  sum: { handler: sum.mjs#handler, events: events/*.json }
  plain: { handler: gone.mjs#handler }
isolations: { native: {}, runc: {} }
budgets: { runc: { latency: +10% } }
`;
const COMMIT = 'b'.repeat(40);
const read = (text: string | null, over: Partial<Revisions> = {}) =>
  readBaseEvents(
    {
      ...{ head: 'a'.repeat(40), problem: null, base: { commit: COMMIT, basis: 'merge-parent', isTip: true } },
      ...{
        branchTip: async () => Promise.reject(new Error('not asked for')),
        readerOf: async () => async () => null,
        ancestors: async () => [],
        close: async () => {},
      },
      baseTree: async () => tree,
      ...over,
    },
    '/workspace/apps/isogate.yml',
    '/workspace',
    text,
  );

it('are the base’s, whatever else of its function is wrong', async () => {
  writeFileSync(join(tree, 'apps/events/one.json'), '{}');
  expect(await read(CONFIG)).toEqual({
    events: { sum: [join(tree, 'apps/events/one.json')], plain: [] },
    problems: {},
  });
});

it('that are missing on the base leave their function unmeasured: those of the change do not decide', async () => {
  expect(await read(CONFIG)).toMatchObject({
    events: { plain: [] },
    problems: {
      sum: expect.stringMatching(
        /^the base’s events could not be read, and a change’s own events do not decide: .*events\/\*\.json": no file matches in [^;]*$/,
      ),
    },
  });
  const old = await read(CONFIG, { base: { commit: COMMIT, basis: 'merge-base', isTip: false } });
  expect(old?.problems['sum']).toMatch(/; this base is older than its branch: rebase the change$/);
});

it('end the run where the base is not known, or its files cannot be had', async () => {
  await expect(read(CONFIG, { base: null, problem: 'no commit in common' })).rejects.toThrow(
    new NotMeasurableError('the base that this change is measured against could not be found: no commit in common'),
  );
  const baseTree = () => Promise.reject(new Error('no route to host'));
  await expect(read(CONFIG, { baseTree })).rejects.toThrow(
    new NotMeasurableError('the files of the base could not be had: no route to host'),
  );
});

it('are the function’s own where the change’s configuration decides, or the base’s is none', async () => {
  expect(await read(null, { base: null })).toBeNull();
  expect(await read('functions: [')).toBeNull();
});
