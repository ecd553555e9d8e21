import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { LIVE_CASES, type LiveCase, selectCases } from '../../bench/live/cases.ts';
import { costsOf } from '../../bench/live/costs-of.ts';
import { decideAtZero } from '../../bench/live/decide-at-zero.ts';
import { liveDocument } from '../../bench/live/live-document.ts';
import { renderLive } from '../../bench/live/render-live.ts';
import { limitFactor, ruleOnLive } from '../../bench/live/rule-on-live.ts';
import { appendRun, type LiveComparison, type LiveRun, readRuns } from '../../bench/live/run-record.ts';
import { slowEvent } from '../../bench/live/slow-isolation.ts';
import { tallyRuns } from '../../bench/live/tally-runs.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { listComparisons } from '../../src/decide/list-comparisons.ts';
import { configOf, instance, samplesOf } from '../support/decide-samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-live-tables-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const caseOf = (name: string): LiveCase => selectCases([name])[0] as LiveCase;

const comparison = (more: Partial<LiveComparison> = {}): LiveComparison => ({
  ...{ function: 'arithmetic', isolation: 'slower', metric: 'latency', verdict: 'fail', atZero: 'fail' },
  ...{ scale: 'ratio', limit: 1.025, estimate: 1.1, lower: 1.08, upper: 1.12, blocks: 4 },
  ...{ control: [10, 10, 10, 10], treatment: [11, 11, 11, 11] },
  ...more,
});

const run = (more: Partial<LiveRun> = {}): LiveRun => ({
  ...{ schema: 'isogate.bench-live/1', case: 'latency-10-native', time: '120s', measure: '{}', run: 0, seed: 1 },
  ...{ measuredAt: '2026-01-01T00:00:00.000Z', verdict: 'fail', ended: 'decided', seconds: 20, loadBefore: 0.5 },
  ...{ workFactor: 1.1, coldExtraMs: 0, realised: { latency: 1.098, extraMs: null }, comparisons: [comparison()] },
  ...more,
});

it('an A/A case is twelve comparisons at their limit, an injected one is one', () => {
  const listed = LIVE_CASES.map((one) => {
    const config = parseConfig(liveDocument(one, one.time), { source: one.name, paths: null });
    return [one.name, listComparisons(config).map(({ limit }) => limit.text), config.measure.timeMs] as const;
  });
  expect(listed.slice(0, 4)).toEqual(
    ['native', 'bubblewrap', 'runc', 'gvisor'].map((type) => [`aa-${type}`, new Array(12).fill('1.00x'), 60_000]),
  );
  expect(listed.slice(4, 8)).toEqual([0, 3, 5, 10].map((percent) => [`latency-${percent}-native`, ['+2.5%'], 120_000]));
  expect(listed.slice(20, 23)).toEqual([
    ['cold-1ms-bubblewrap', ['+0ms'], 120_000],
    ['cold-10-runc', ['+2.5%'], 120_000],
    ['cold-10-gvisor', ['+2.5%'], 120_000],
  ]);
  expect(listed.slice(23, 25)).toEqual([
    ['threads-loaded', ['+10%', '+10%'], 90_000],
    ['threads', ['+10%', '+10%'], 90_000],
  ]);
  expect(listed.slice(25, 27)).toEqual(
    ['native', 'bubblewrap'].map((type) => [`same-${type}`, new Array(4).fill('1.00x'), 30_000]),
  );
  expect(LIVE_CASES).toHaveLength(37);
});

it('the study has every isolation, quiet and loaded', () => {
  const study = selectCases([]).map(({ name }) => name);
  for (const type of ['native', 'bubblewrap', 'runc', 'gvisor'])
    for (const kind of ['same', 'latency-10'])
      expect(study).toEqual(expect.arrayContaining([`${kind}-${type}`, `${kind}-${type}-loaded`]));
  expect(study).toHaveLength(18);
  expect(selectCases(['all'])).toHaveLength(37);
});

it('cases are chosen by name or by how names begin', () => {
  expect(selectCases(['cold-10', 'aa-runc']).map(({ name }) => name)).toEqual([
    'aa-runc',
    'cold-10-runc',
    'cold-10-gvisor',
  ]);
  expect(() => selectCases(['latency-1'])).toThrow('--only latency-1: no such case; accepted: all, aa-native,');
});

it('more work in every event, more busy time in the first alone', () => {
  const event = { work: 1000, coldExtraMs: 0 };
  expect(slowEvent(event, { workFactor: 1.03, coldExtraMs: 2 }, true)).toEqual({ work: 1030, coldExtraMs: 2 });
  expect(slowEvent(event, { workFactor: 1.03, coldExtraMs: 2 }, false)).toEqual({ work: 1030, coldExtraMs: 0 });
});

it('costs are those of blocks that have both', () => {
  const records = [
    instance(0, 'control', { latency_ms: 10 }),
    instance(0, 'treatment', { latency_ms: 11 }),
    instance(1, 'control', { latency_ms: 12 }),
    instance(2, 'control', { latency_ms: 13 }, { status: 'crashed' }),
    instance(2, 'treatment', { latency_ms: 14 }),
    instance(3, 'treatment', { latency_ms: 16 }),
    instance(3, 'control', { latency_ms: 15 }),
  ];
  expect(costsOf(records, { function: 'f', isolation: 'runc', metric: 'latency' })).toEqual({
    control: [10, 15],
    treatment: [11, 16],
  });
});

it('the same samples against +0 %', () => {
  const records = Array.from({ length: 60 }, (_, block) => [
    instance(block, 'control', { latency_ms: 100 + (block % 7) }),
    instance(block, 'treatment', { latency_ms: 100 + ((3 * block) % 7) }),
  ]).flat();
  const config = configOf({ budgets: { runc: { latency: '+50%' } } });
  expect(decideAtZero(samplesOf(records), config)).toEqual(['inconclusive']);
  const slower = records.map((one) =>
    one.arm === 'treatment' ? { ...one, metrics: { latency_ms: (one.metrics['latency_ms'] ?? 0) * 1.1 } } : one,
  );
  expect(decideAtZero(samplesOf(slower), config)).toEqual(['fail']);
});

it('a limit in milliseconds becomes a factor over the control’s median', () => {
  expect(limitFactor(comparison({ scale: 'difference', limit: 0.5 }))).toBe(1.05);
  expect(limitFactor(comparison())).toBe(1.025);
});

it('a run counts once, by the worst of its comparisons', () => {
  const one = caseOf('latency-10-native');
  const of = (verdict: LiveComparison['verdict'], estimate: number | null = 1.1) =>
    run({ comparisons: [comparison({ verdict, estimate })] });
  const tally = tallyRuns(one, [
    of('fail'),
    of('fail', 1.12),
    of('pass', 1.01),
    of('inconclusive'),
    of('not-measured', null),
  ]);
  expect(tally).toEqual({
    ...{ name: 'latency-10-native', due: 'fail', aim: 0.9, runs: 5 },
    ...{ found: 2, wrong: 1, notMeasured: 1, inconclusive: 1 },
    comparisons: { count: 5, fail: 2, pass: 1, failAtZero: 5 },
    ...{ blocks: 4, seconds: 20, load: 0.5, scale: 'ratio' },
    estimate: { median: 1.1, lowest: 1.01, highest: 1.12 },
    arms: [{ isolation: 'slower', metric: 'latency', estimate: { median: 1.1, lowest: 1.01, highest: 1.12 } }],
    realised: 1.098,
  });
  expect(tallyRuns(one, [])).toBeNull();
});

it('at the limit a fail is a false alarm, and nothing is found', () => {
  const one = caseOf('aa-native');
  const of = (...verdicts: LiveComparison['verdict'][]) =>
    run({
      ...{ case: one.name, realised: { latency: null, extraMs: null } },
      comparisons: verdicts.map((verdict) => comparison({ verdict, atZero: 'inconclusive' })),
    });
  const tally = tallyRuns(one, [of('pass', 'inconclusive'), of('pass', 'pass'), of('inconclusive', 'fail')]);
  expect(tally).toMatchObject({ found: 0, wrong: 1, notMeasured: 0, inconclusive: 2, realised: null });
  expect(tally?.comparisons).toEqual({ count: 6, fail: 1, pass: 3, failAtZero: 0 });
});

it('a cold start’s injection is shown on the scale of its limit', () => {
  const realised = { latency: null, extraMs: 1.02 };
  const difference = run({ realised, comparisons: [comparison({ scale: 'difference' })] });
  expect(tallyRuns(caseOf('cold-1ms-bubblewrap'), [difference])?.realised).toBe(1.02);
  expect(tallyRuns(caseOf('cold-10-runc'), [run({ realised })])?.realised).toBeCloseTo(1.102, 12);
});

it('rules of others on the same blocks: any comparison fails a run', () => {
  const slow = { control: [10, 10.1, 9.9, 10, 10.2, 9.8], treatment: [11.5, 11.6, 11.4, 11.5, 11.7, 11.3] };
  const same = { control: slow.control, treatment: [10.1, 10, 10, 9.9, 9.8, 10.2] };
  const counts = ruleOnLive([
    run({ comparisons: [comparison(same), comparison(slow)] }),
    run({ comparisons: [comparison(same)] }),
    run({ comparisons: [comparison({ control: [10], treatment: [20] })] }),
  ]);
  expect(counts.get('one value, 110 %')).toEqual({ fail: 1, pass: 1, inconclusive: 0 });
  expect(counts.get('one value, 200 %')).toEqual({ fail: 0, pass: 2, inconclusive: 0 });
  expect(counts.get('Welch t, p < 0.05')).toEqual({ fail: 1, pass: 1, inconclusive: 0 });
  // Six blocks reach no smaller p than 1/64.
  expect(counts.get('signed rank once, 0.01')).toMatchObject({ fail: 0 });
  expect(counts.size).toBe(19);
});

it('as Markdown', () => {
  const one = caseOf('latency-10-native');
  const same = caseOf('aa-native');
  const runs = Array.from({ length: 10 }, () => run());
  const alarm = run({ case: same.name, realised: { latency: null, extraMs: null } });
  const lines = renderLive({
    cases: [
      {
        one: same,
        tally: tallyRuns(same, [alarm]),
        others: new Map([['loud', { fail: 1, pass: 0, inconclusive: 0 }]]),
      },
      { one, tally: tallyRuns(one, runs), others: new Map([['loud', { fail: 8, pass: 2, inconclusive: 0 }]]) },
      { one: caseOf('aa-gvisor'), tally: null, others: new Map() },
    ],
    leftOut: new Map([['aa-gvisor', 'gvisor does not work here: no runsc']]),
  }).split('\n');
  expect(
    lines.filter((line) => /^\| (aa|latency|loud|isogate)/.test(line)).map((line) => line.replaceAll(/ +/g, ' ')),
  ).toEqual([
    '| aa-native | no fail | 1 | – | 0 | 0 | 1 | 4.0 | 20.0 | 0.5 | 1.100 | 1.100 | 1.100 | – |',
    '| latency-10-native | fail | 10 | 10 | 0 | 0 | 0 | 4.0 | 20.0 | 0.5 | 1.100 | 1.100 | 1.100 | 1.098 |',
    '| isogate | 10 / 0 |',
    '| loud | 8 / 2 |',
  ]);
  expect(lines.filter((line) => line.startsWith('- '))).toEqual([
    '- **not met**: aa-native: 1 of 1 runs with a false alarm; aim: none',
    '- met: latency-10-native: 10 of 10 runs found it; aim: 90 %',
    '- aa-native: of 1 comparisons 1 fail, 0 pass; against +0 %: 1 fail',
    '- latency-10-native: of 10 comparisons 10 fail, 0 pass; against +0 %: 10 fail',
    '- left out: aa-gvisor: gvisor does not work here: no runsc',
  ]);
});

it('the record keeps what was finished, whatever ended in the middle of a line', () => {
  const path = join(directory, 'runs.jsonl');
  expect(readRuns(path)).toEqual([]);
  appendRun(path, run());
  appendFileSync(path, '{"schema":"isogate.ben');
  appendRun(path, run({ run: 1 }));
  expect(readRuns(path)).toEqual([run(), run({ run: 1 })]);
  writeFileSync(path, `${JSON.stringify({ ...run(), seconds: 'long' })}\n`);
  expect(() => readRuns(path)).toThrow(`${path}:1: seconds:`);
});
