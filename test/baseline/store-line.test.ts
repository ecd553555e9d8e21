import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { parseFile } from '../../src/baseline/store-files.ts';
import { fromStoredRun, parseLine, type StoredRun, toStoredRuns } from '../../src/baseline/store-line.ts';
import { record } from '../support/baseline-record.ts';

const bounds = { estimate: 40, lower: 30, upper: 50 };
const cold = record({
  metric: 'cold_start',
  summary: { blocks: 3, ratio: null, difference: bounds, control: 100.123456789123, treatment: 140 },
  blocks: { ratio: [], difference: [40, 41, 42] },
  control: [100, 101, 102],
  treatment: [140, 142, 144],
  phases: { ready: [90, 91, 92] },
});

test('one line is one function and isolation of one run, with all metrics, for people and jq', () => {
  const [line, ...others] = toStoredRuns([record(), cold]);
  expect(others).toEqual([]);
  const { raw, ...rest } = line ?? { raw: '' };
  expect(rest).toEqual({
    ...{ schema: 'isogate.baseline/1', gate: 'api', function: 'thumbnail', isolation: 'runc' },
    ...{ fingerprint: { kernel: '6.12' }, runId: 'r1', attempt: 1, commit: 'a'.repeat(40) },
    ...{ recordedAt: '2026-02-03T04:05:06.000Z', verdict: 'pass' },
    metrics: {
      latency: {
        ...{ blocks: 2, control: 10.5, treatment: 10.65 },
        ratio: { estimate: 0.015, lower: null, upper: null },
        difference: { estimate: 0.15, lower: 0.1, upper: 0.2 },
      },
      cold_start: { blocks: 3, control: 100.123457, treatment: 140, ratio: null, difference: bounds },
    },
  });
  expect(JSON.parse(gunzipSync(Buffer.from(raw ?? '', 'base64')).toString())).toEqual({
    latency: { blocks: { ratio: [0.01, 0.02], difference: [0.1, 0.2] }, control: [10, 11] },
    cold_start: {
      ...{ blocks: { ratio: [], difference: [40, 41, 42] }, control: [100, 101, 102] },
      ...{ treatment: [140, 142, 144], phases: { ready: [90, 91, 92] } },
    },
  });
});

test('records come back as they were, to nine digits', () => {
  const [line] = toStoredRuns([record(), cold]);
  expect(fromStoredRun(parseLine(JSON.stringify(line)) as StoredRun)).toEqual([
    { ...cold, summary: { ...cold.summary, control: 100.123457 } },
    record(),
  ]);
});

test('each run, function and isolation has a line of its own', () => {
  const records = [record(), record({ runId: 'r2' }), record({ isolation: 'gvisor' }), record({ function: 'other' })];
  expect(toStoredRuns(records)).toHaveLength(4);
});

test('without blocks the middle is left', () => {
  const [{ raw: _, ...line } = { raw: '' }] = toStoredRuns([record()]);
  expect(fromStoredRun(parseLine(JSON.stringify(line)) as StoredRun)).toEqual([
    { ...record(), blocks: { ratio: [], difference: [] }, control: [] },
  ]);
});

const [good] = toStoredRuns([record()]);
test.each([
  ['a bomb', { ...good, raw: gzipSync(Buffer.alloc(20 * 2 ** 20)).toString('base64') }],
  ['no gzip', { ...good, raw: 'AAAA' }],
  [
    'blocks that are no numbers',
    { ...good, raw: gzipSync('{"latency":{"blocks":{"ratio":["x"]}}}').toString('base64') },
  ],
  ['a metric that is none', { ...good, metrics: { speed: good?.metrics.latency }, raw: undefined, verdict: 'green' }],
  ['the form of one metric a line', record()],
  ['an endless name', { ...good, function: 'f'.repeat(300) }],
  ['no object', 7],
  ['null', null],
])('%s is left out and counted', (_, data) => {
  const text = `${JSON.stringify(data)}\n${JSON.stringify(good)}\n`;
  expect(parseFile(text, 'api')).toEqual({ records: [record()], pins: [], skipped: 1 });
});
