import { expect, test } from 'vitest';
import { mergeFile } from '../../src/baseline/merge-file.ts';
import { runKey, toStoredRuns } from '../../src/baseline/store-line.ts';
import { record } from '../support/baseline-record.ts';

const NO_PINS = new Set<string>();
const run = (runId: string, more = {}) => toStoredRuns([record({ runId, ...more })]);
const text = (...ids: string[]) => ids.map((id) => `${JSON.stringify(run(id)[0])}\n`).join('');
const idsOf = (merged: string) =>
  merged
    .split('\n')
    .filter((line) => line.startsWith('{"schema"') && line.endsWith('}'))
    .map((line) => JSON.parse(line).runId);

test('what is there stays letter by letter, and the new line comes behind it', () => {
  const before = text('r1');
  expect(mergeFile(before, run('r2'), NO_PINS)).toEqual({
    ...{ text: text('r1', 'r2'), appended: text('r2'), added: 1, known: 0 },
  });
});

test('the same run twice adds nothing', () => {
  expect(mergeFile(text('r1', 'r2'), run('r1'), NO_PINS)).toMatchObject({ appended: '', added: 0, known: 1 });
});

test('a torn last line is closed, kept, and costs nothing of the next', () => {
  const torn = `${text('r1')}{"schema":"isogate.ba`;
  const merged = mergeFile(torn, run('r2'), NO_PINS);
  expect(merged.text).toBe(`${torn}\n${text('r2')}`);
  expect(merged.appended).toBe(`\n${text('r2')}`);
});

test('compaction takes the blocks of old runs, and nothing of what somebody decided on or what cannot be read', () => {
  const many = Array.from({ length: 400 }, (_, index) => `r${index}`);
  const accepted = { accepted: { by: 'mona', reason: 'wanted', at: '2026-01-01T00:00:00Z' } };
  const lines = many.map((id) => JSON.stringify(run(id, id === 'r7' ? accepted : {})[0]));
  lines.splice(20, 0, 'not json');
  const before = lines.map((line) => `${line}\n`).join('');
  const pinned = new Set([runKey({ runId: 'r9', attempt: 1 })]);
  const merged = mergeFile(before, run('new'), pinned);
  expect(merged.appended).toBeNull();
  const after = merged.text.split('\n').slice(0, -1);
  expect(after).toHaveLength(402);
  expect(after[20]).toBe('not json');
  const whole = after.filter((line) => line.includes('"raw":')).map((line) => JSON.parse(line).runId);
  expect(whole).toEqual(['r7', 'r9', ...many.slice(201), 'new']);
  expect(idsOf(merged.text)).toEqual([...many, 'new']);
  // It then has room: the next append is one.
  expect(mergeFile(merged.text, run('next'), pinned).appended).not.toBeNull();
});

test('a very long file is thinned in its older half', () => {
  const { raw: _, ...line } = run('x')[0] ?? { raw: '' };
  const lines = Array.from({ length: 2400 }, (_, index) => JSON.stringify({ ...line, runId: `r${index}` }));
  const merged = mergeFile(lines.map((one) => `${one}\n`).join(''), run('new'), NO_PINS);
  const ids = idsOf(merged.text);
  expect(ids).toHaveLength(2401 - 550);
  expect(ids.slice(0, 3)).toEqual(['r0', 'r2', 'r4']);
  expect(ids.slice(-3)).toEqual(['r2398', 'r2399', 'new']);
});
