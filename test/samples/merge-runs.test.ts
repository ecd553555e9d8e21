import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { mergeRuns } from '../../src/samples/merge-runs.ts';
import { type ReportedOptions, reportedSamples } from '../support/reported-run.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-parts-'));
afterAll(() => rmSync(directory, { recursive: true }));

let count = 0;
function part(options: Partial<ReportedOptions>, end = 'decided'): string {
  const path = join(directory, `${++count}.jsonl`);
  const text = reportedSamples({ head: 'a'.repeat(40), base: 'b'.repeat(40), ...options });
  writeFileSync(path, text.replace('"reason":"decided"', `"reason":"${end}"`));
  return path;
}
const withHeader = (header: object) => part({ functions: ['two'], header });

it('puts functions, images and fingerprints together, and every line of all parts', async () => {
  const node = { fingerprint: { kernel: '6.12', 'runtime.node': '20' } };
  const python = { fingerprint: { kernel: '6.12', 'runtime.python': '3.11' } };
  const { header, lines } = await mergeRuns([
    part({ functions: ['one'], header: node }),
    part({ functions: ['two'], header: python }),
  ]);
  expect(Object.keys(Object(header.config['functions']))).toEqual(['one', 'two']);
  expect(header.fingerprint).toEqual({ kernel: '6.12', 'runtime.node': '20', 'runtime.python': '3.11' });
  expect(Object.keys(header.change?.functions ?? {})).toEqual(['one', 'two']);
  expect(lines).toHaveLength(2 * (12 * 3 + 1));
});

it('hides no part that was interrupted behind one that was not', async () => {
  const { lines } = await mergeRuns([part({ functions: ['one'] }, 'interrupted'), part({ functions: ['two'] })]);
  expect(JSON.parse(lines.at(-1) ?? '{}')).toEqual({ type: 'end', reason: 'interrupted' });
});

it.each<[string, () => string, RegExp]>([
  [
    'the same function',
    () => part({ functions: ['one'] }),
    /has one, as has .*; accepted: parts with functions of their own/,
  ],
  ['another gate', () => part({ functions: ['two'], gate: 'web' }), /gate sums → web/],
  ['another commit', () => part({ functions: ['two'], head: 'c'.repeat(40) }), /commit a+ → c+/],
  ['another base', () => part({ functions: ['two'], base: 'd'.repeat(40) }), /base b+ → d+/],
  ['another kernel', () => withHeader({ fingerprint: { kernel: '6.1' } }), /kernel 6\.12 → 6\.1/],
  [
    'other isolations',
    () => withHeader({ probe: [{ isolation: 'runc', type: 'runc', usable: false }] }),
    /runc absent → unusable/,
  ],
])('refuses %s', async (_name, other, message) => {
  await expect(mergeRuns([part({ functions: ['one'] }), other()])).rejects.toThrow(message);
});
