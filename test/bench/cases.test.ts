import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { selectBenchCases } from '../../bench/cases/list-cases.ts';
import { documentOf } from '../../bench/cases/open-place.ts';
import { renderCases } from '../../bench/cases/render-cases.ts';
import { type SeenRecord, timeToVerdict } from '../../bench/cases/time-to-verdict.ts';
import { watchRecords } from '../../bench/cases/watch-records.ts';
import { parseConfig } from '../../src/config/parse-config.ts';

const ALL = selectBenchCases([]);

test('there are twelve cases, and each is a configuration', () => {
  expect(ALL.map(({ name }) => name)).toEqual([
    ...['document-far', 'document-near', 'document-beside', 'files-init', 'files-breach', 'cold-far', 'cold-near'],
    ...['cold-emulated', 'tenth-beside', 'half-second', 'second-beside', 'three-seconds'],
  ]);
  for (const one of ALL)
    expect(parseConfig(documentOf(one), { source: one.name, paths: null }).functions.map(({ name }) => name)).toEqual([
      one.name,
    ]);
});

test('a case that there is not is refused with those that there are', () => {
  expect(selectBenchCases(['cold-far']).map(({ name }) => name)).toEqual(['cold-far']);
  expect(() => selectBenchCases(['warm'])).toThrow(
    /^--only warm: no such case; accepted: document-far, .*three-seconds$/,
  );
});

const seen = (atMs: number, type: string, more: Partial<SeenRecord['record']> = {}): SeenRecord => ({
  atMs,
  record: { type, function: 'f', ...more },
});

test('the verdict comes with the last look or deciding instance; what comes after it without a limit does not count', () => {
  const records = [
    seen(1000, 'header'),
    seen(2000, 'calibration'),
    ...[0, 1, 2].flatMap((block) => [
      seen(2100 + 1000 * block, 'block', { block }),
      seen(3000 + 1000 * block, 'instance', { block }),
    ]),
    seen(5100, 'look'),
    seen(5200, 'block', { block: 3, orientation: true }),
    seen(9000, 'instance', { block: 3 }),
    seen(9100, 'end'),
  ];
  expect(timeToVerdict(records)).toEqual({ blocks: 3, verdictMs: 4100, totalMs: 8100 });
  expect(timeToVerdict([seen(1000, 'header'), seen(2500, 'end')])).toEqual({ blocks: 0, verdictMs: 0, totalMs: 1500 });
});

test('records are seen as they are appended, each whole', () => {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-watch-'));
  try {
    const stop = watchRecords(directory);
    const path = join(directory, 'samples.jsonl');
    appendFileSync(path, '{"type":"header"}\n{"type":"blo');
    appendFileSync(path, 'ck","block":0}\n');
    expect(stop().map(({ record }) => record)).toEqual([{ type: 'header' }, { type: 'block', block: 0 }]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('one table, with what was before beside it', () => {
  const result = { verdict: 'pass', blocks: 5, verdictSeconds: 8.25, totalSeconds: 9, reason: null };
  const some = selectBenchCases(['tenth-beside', 'cold-far']);
  const before = [{ ...result, case: 'cold-far', verdict: 'not-measured', blocks: 1, verdictSeconds: 60 }];
  expect(renderCases(some, [{ ...result, case: 'cold-far' }], before).split('\n')).toEqual([
    '| case         | function           | limits                                      | without a limit | blocks before | seconds before | verdict before | blocks after | seconds after | verdict after |',
    '| :----------- | :----------------- | :------------------------------------------ | :-------------- | ------------: | -------------: | :------------- | -----------: | ------------: | :------------ |',
    '| cold-far     | cold start of Node | runc cold start +1s                         | –               |             1 |           60.0 | not measured   |            5 |           8.3 | pass          |',
    '| tenth-beside | computes for 0.1 s | runc +30%, runc cold start +2s, gvisor +30% | qemu-microvm    |             – |              – | –              |            – |             – | –             |',
  ]);
});
