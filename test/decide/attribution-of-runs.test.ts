import { describe, expect, test } from 'vitest';
import { recordsFrom } from '../../src/baseline/baseline-records.ts';
import { attributeGrowth } from '../../src/decide/attribute-growth.ts';
import { decide } from '../../src/decide/decide.ts';
import type { BaselineRecord } from '../../src/model/baseline.ts';
import type { ArmRole, InstanceRecord, Revision } from '../../src/model/samples.ts';
import type { ComparisonResult, ComparisonVerdict } from '../../src/model/verdict.ts';
import { parseBaselineRecord } from '../../src/samples/baseline-record-schema.ts';
import { groupBlocks } from '../../src/samples/group-blocks.ts';
import { configOf, instance, samplesOf } from '../support/decide-samples.ts';

interface Size {
  latency: number;
  cpu?: number;
  ready?: number;
}

/** Instances without noise but what the block gives both revisions: ±5 % by turns. */
const run = (count: number, revision: Revision, sizes: Record<'control' | 'treatment', Size>): InstanceRecord[] =>
  Array.from({ length: count }, (_, block) => {
    const weather = block % 2 === 0 ? 1.05 : 0.95;
    const of = (arm: ArmRole, { latency, cpu = 5, ready = 60 }: Size) =>
      instance(
        block,
        arm,
        { latency_ms: latency * weather, cpu_ms: cpu * weather, cold_start_ms: (ready + 20) * weather },
        {
          revision,
          phases_ms: {
            created: 10 * weather,
            booted: null,
            ready: (10 + ready) * weather,
            first_response: (ready + 20) * weather,
          },
        },
      );
    const twin = revision === 'head' ? [of('twin', sizes.control)] : [];
    return [of('control', sizes.control), ...twin, of('treatment', sizes.treatment)];
  }).flat();

const GREW = configOf({ regression: { latency: '+5%', cold_start: '+5%', control: '+10%' } });
const before = run(12, 'base', { control: { latency: 10 }, treatment: { latency: 12 } });
const headOf = (sizes: Record<'control' | 'treatment', Size>) => run(12, 'head', sizes);

const comparison = (changes: Partial<ComparisonResult> = {}): ComparisonVerdict => ({
  ...{
    function: 'f',
    isolation: 'runc',
    metric: 'latency',
    kind: 'regression',
    gated: true,
    scale: 'ratio',
    unit: 'x',
  },
  ...{ estimate: 1.1, lower: 1.09, upper: 1.11, limit: 1.05, confidence: 0.99, verdict: 'fail', blocks: 12 },
  ...{ smallestProvable: 0.01, emulated: false, reason: '' },
  ...changes,
});

const attributed = (instances: InstanceRecord[], of: ComparisonVerdict, baseline: BaselineRecord[] = []) => {
  const { header } = samplesOf([], { baseline });
  return attributeGrowth(of, groupBlocks(instances).get('f') ?? [], header, GREW).attribution;
};

describe('the base beside head', () => {
  test('pairs the blocks, so that their common weather is no move', () => {
    const head = headOf({ control: { latency: 10 }, treatment: { latency: 13.2, cpu: 5.5 } });
    const found = attributed([...before, ...head], comparison());
    expect(found).toMatchObject({
      cause: 'treatment-slower',
      summary:
        'runc itself got 10.0% slower (12.0 ms → 13.2 ms); its CPU time rose with it (+10.0%); the control did not move',
      conditions: [],
    });
    expect(found?.shifts[0]).toEqual({
      what: 'latency of runc',
      before: 12,
      now: expect.closeTo(13.2, 9),
      unit: 'ms',
      estimate: expect.closeTo(1.1, 9),
      lower: expect.closeTo(1.1, 9),
      upper: expect.closeTo(1.1, 9),
      moved: 'up',
    });
  });

  test('names the start-up phase', () => {
    const head = headOf({ control: { latency: 10 }, treatment: { latency: 12, ready: 81 } });
    const { summary } = attributed([...before, ...head], comparison({ metric: 'cold_start' })) ?? {};
    expect(summary).toBe(
      'runc itself starts 26.3% slower (80.0 ms → 101 ms); start-up: the phase ready grew by 21.0 ms (+35.0%), the others did not move; the control did not move',
    );
  });

  test('explains a broken budget too, and nothing that is kept or did not grow', () => {
    const head = headOf({ control: { latency: 9 }, treatment: { latency: 12 } });
    const all = [...before, ...head];
    expect(attributed(all, comparison({ kind: 'budget' }))?.cause).toBe('control-faster');
    expect(attributed(all, comparison({ kind: 'budget', verdict: 'pass' }))).toBeUndefined();
    expect(attributed(all, comparison({ verdict: 'inconclusive', lower: 0.99 }))).toBeUndefined();
    expect(attributed(all, comparison({ verdict: 'inconclusive', lower: 1.01 }))?.cause).toBe('control-faster');
    expect(attributed(all, comparison({ verdict: 'pass', scale: 'difference', unit: 'ms', lower: 0 }))).toBeUndefined();
  });

  test('the control’s own growth', () => {
    const head = headOf({ control: { latency: 12 }, treatment: { latency: 12 } });
    const found = attributed([...before, ...head], comparison({ metric: 'control', isolation: 'native' }));
    expect(found?.summary).toBe(
      'the control native itself got 20.0% slower (10.0 ms → 12.0 ms); its CPU time did not move',
    );
  });
});

describe('a stored baseline', () => {
  const sizes = { control: { latency: 10 }, treatment: { latency: 12 } };
  const records = recordsFrom(samplesOf(headOf(sizes)), {
    commit: null,
    recordedAt: '1970-01-01T00:00:00.000Z',
    verdict: 'pass',
  }).map((record) => parseBaselineRecord(JSON.parse(JSON.stringify(record))));
  const slower = headOf({ control: { latency: 10 }, treatment: { latency: 15, ready: 91 } });
  const summaries = (baseline: BaselineRecord[], instances = slower) =>
    decide(samplesOf(instances, { baseline }), GREW).comparisons.map(({ attribution }) => attribution?.summary);

  test('holds the arm’s own values and phases', () => {
    const own = records.filter(({ isolation }) => isolation === 'runc');
    expect(own.map(({ metric, treatment }) => [metric, treatment?.slice(0, 2)])).toEqual([
      ['cold_start', [84, 76]],
      ['latency', [expect.closeTo(12.6, 9), expect.closeTo(11.4, 9)]],
      ['cpu', [5.25, 4.75]],
    ]);
    const phases = own[0]?.phases;
    expect(Object.keys(phases ?? {})).toEqual(['created', 'ready', 'first_response']);
    expect(phases?.ready).toHaveLength(12);
    expect(phases?.ready?.[0]).toBeCloseTo(63, 9);
    expect(own[1]?.phases).toBeUndefined();
  });

  test('tells by independent runs: the treatment got slower, and which phase', () => {
    expect(summaries(records)).toEqual([
      'runc itself starts 38.8% slower (80.0 ms → 111 ms); start-up: the phase ready grew by 31.0 ms (+51.7%), the others did not move; the control did not move',
      'runc itself got 25.0% slower (12.0 ms → 15.0 ms); its CPU time did not move; the control did not move',
      undefined,
    ]);
  });

  test('older records, without the arm’s own values, give them by what they were above the control', () => {
    const older = records.map(({ treatment, phases, ...record }) => record);
    expect(summaries(older).slice(0, 2)).toEqual([
      'runc itself starts 38.8% slower (80.0 ms → 111 ms); the control did not move',
      summaries(records)[1],
    ]);
    const uneven = older.map((record) => ({ ...record, control: record.control.slice(2) }));
    expect(summaries(uneven)[0]).toMatch(/^what runc itself cost before is not known; the control did not surely move/);
  });

  test('of another kernel: a broken budget says that nothing can be compared', () => {
    const config = configOf({ budgets: { runc: { latency: '+30%' } } });
    const other = records.map((record) => ({ ...record, fingerprint: { kernel: '6.1' } }));
    const [found] = decide(samplesOf(slower, { baseline: other }), config).comparisons;
    expect(found?.attribution).toEqual({
      cause: 'conditions',
      summary:
        'whether the code or the machine did it cannot be told: the baseline was measured under other conditions (kernel 6.1 → 6.12)',
      shifts: [],
      conditions: ['kernel 6.1 → 6.12'],
    });
    expect(decide(samplesOf(slower), config).comparisons[0]?.attribution).toBeUndefined();
    expect(decide(samplesOf(slower, { baseline: records }), config).comparisons[0]?.attribution?.cause).toBe(
      'treatment-slower',
    );
  });

  test('while the run goes on nothing is attributed', () => {
    const document = decide(samplesOf(slower, { baseline: records }), GREW, { final: false });
    expect(document.comparisons.every((one) => one.attribution === undefined)).toBe(true);
  });

  test('what only tells why is bounded in the record', () => {
    const [record] = records;
    const long = (length: number) => Array.from({ length }, () => 1);
    expect(parseBaselineRecord({ ...record, treatment: long(1000) }).treatment).toHaveLength(1000);
    expect(() => parseBaselineRecord({ ...record, treatment: long(1001) })).toThrow('treatment');
    expect(() => parseBaselineRecord({ ...record, phases: { ready: ['x'] } })).toThrow('phases.ready.0');
    expect(
      recordsFrom(samplesOf(run(1200, 'head', sizes)), {
        commit: null,
        recordedAt: '1970-01-01T00:00:00.000Z',
        verdict: 'pass',
      })[0]?.treatment,
    ).toHaveLength(1000);
  });
});
