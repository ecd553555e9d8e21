/** Early looks: the tests by themselves, and what keeps them from deciding. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { earlyLevel, earlyShareSpent, earlyTestsAt, shareOfRanks } from '../../src/decide/early-looks.ts';
import { eachTestP, earlyBounds, type NoiseAround, ratioTestP, unimodalTestP } from '../../src/decide/early-test.ts';
import { declareLooks } from '../../src/decide/plan-looks.ts';
import type { InstanceRecord, SamplesHeader } from '../../src/model/samples.ts';
import { record as baselineRecord } from '../support/baseline-record.ts';
import { blocks, configOf, instance, latency, samplesOf } from '../support/decide-samples.ts';

describe('levels', () => {
  test('the looks of a test share its part of alpha, and the ranks have the rest', () => {
    expect(earlyTestsAt(3)).toEqual(['each', 'ratio']);
    expect(earlyTestsAt(4)).toEqual(['unimodal', 'each', 'ratio']);
    expect(earlyTestsAt(5)).toEqual(['unimodal', 'ratio']);
    expect(earlyTestsAt(11)).toEqual([]);
    expect(earlyLevel('unimodal', 'pass', 5, 0.05)).toBeCloseTo(0.05 * 0.05 * 0.35, 12);
    expect(earlyLevel('unimodal', 'fail', 4, 0.01)).toBeCloseTo(0.01 * 0.02 * 0.3, 12);
    expect(earlyLevel('each', 'fail', 3, 0.01)).toBeCloseTo(0.01 * 0.01 * 0.5, 12);
    expect(earlyLevel('each', 'pass', 3, 0.05)).toBe(0);
    expect(earlyLevel('ratio', 'fail', 3, 0.01)).toBeCloseTo(0.0004, 12);
    expect(earlyLevel('ratio', 'pass', 3, 0.05)).toBe(0);
    expect(shareOfRanks('fail')).toBeCloseTo(0.93, 12);
    expect(shareOfRanks('pass')).toBeCloseTo(0.95, 12);
    expect(earlyShareSpent('fail', 2)).toBe(0);
    expect(earlyShareSpent('fail', 60)).toBeCloseTo(0.07, 12);
    expect(earlyShareSpent('pass', 60)).toBeCloseTo(0.05, 12);
  });
});

const QUIET: NoiseAround = {
  scales: [],
  isAlone: false,
  leastDistance: 0.1,
  farDistance: 1.1,
  isBarred: false,
  mayFail: true,
};
/** Mean 1, deviation 0.1: T = 20 against 0. */
const VALUES = [1, 0.9, 1.1, 1, 1, 1].slice(0, 4).map((value) => 1 + (value - 1) * Math.sqrt(1.5));

describe('the tests', () => {
  test('T = 20 of four values: 0.00069', () => {
    expect(unimodalTestP(VALUES, 0, 'fail', QUIET)).toBeCloseTo(0.000686, 6);
    expect(unimodalTestP(VALUES, 2, 'pass', QUIET)).toBeCloseTo(0.000686, 6);
    expect(unimodalTestP(VALUES, 0, 'pass', QUIET)).toBe(1);
    const { lower, upper } = earlyBounds('unimodal', VALUES, QUIET, { lower: 0.000686, upper: 0.05 });
    expect(lower).toBeCloseTo(0, 2);
    expect(upper).toBeCloseTo(1 + 0.05 * 5.03, 2);
  });

  test('the noise is at least as large as the largest known around: T = 8', () => {
    expect(unimodalTestP(VALUES, 0, 'fail', { ...QUIET, scales: [0.05, 0.25] })).toBeCloseTo(0.01126, 4);
  });

  test.each([
    ['the order or the correlation bars it', { isBarred: true }],
    ['it is too near', { leastDistance: 1.1 }],
    ['it is alone, and these are four', { isAlone: true }],
    ['a fail has to wait', { mayFail: false }],
  ])('none where %s', (_, more) => {
    expect(unimodalTestP(VALUES, 0, 'fail', { ...QUIET, ...more })).toBe(1);
  });

  test('alone: from six values on, and only where a second level would have to lie nine times apart', () => {
    const alone = { ...QUIET, isAlone: true };
    const long = [...VALUES, ...VALUES];
    expect(unimodalTestP(VALUES, 2.2, 'pass', alone)).toBe(1);
    expect(unimodalTestP(long.slice(0, 6), 2.2, 'pass', alone)).toBeLessThan(0.001);
    expect(unimodalTestP(long, 2, 'pass', alone)).toBe(1);
    expect(unimodalTestP(long, 0, 'fail', alone)).toBe(1);
    expect(unimodalTestP(long.slice(0, 6), -0.2, 'fail', alone)).toBeLessThan(0.001);
  });

  test('each of three blocks 1.6 above, with a noise of up to 0.2: (2 ÷ 9·4²)³', () => {
    const known = { ...QUIET, scales: [0.2] };
    const values = [1.6, 1.7, 1.65];
    expect(eachTestP(values, 0, 'fail', known)).toBeCloseTo((2 / (9 * 16)) ** 3, 12);
    expect(eachTestP([...values, 1.05], 0, 'fail', known)).toBe(1);
    expect(eachTestP(values, 3.2, 'pass', known)).toBe(1);
    for (const more of [{ isAlone: true }, { isBarred: true }, { mayFail: false }])
      expect(eachTestP(values, 0, 'fail', { ...known, ...more })).toBe(1);
    // At its own level the bound is just at the limit.
    const { lower, upper } = earlyBounds('each', values, known, { lower: (2 / (9 * 16)) ** 3, upper: 0.05 });
    expect(lower).toBeCloseTo(0, 9);
    expect(upper).toBeNull();
  });

  test('each of three blocks 1.2 above, with a noise of 0.8: three quarters of a doubled deviation', () => {
    const values = [1.2, 1.2, 1.2];
    const tail = (1 - 0.75 / Math.sqrt(3)) / 2;
    expect(eachTestP(values, 0, 'fail', { ...QUIET, scales: [0.8] })).toBeCloseTo(tail ** 3, 12);
    const { lower } = earlyBounds('each', values, { ...QUIET, scales: [0.8] }, { lower: tail ** 3, upper: 0.05 });
    expect(lower).toBeCloseTo(0, 9);
  });

  test('factors of 10, 20 and 15 over the limit, of which the largest counts as the second largest: 1 ÷ 2250', () => {
    const values = [10, 20, 15].map(Math.log);
    expect(ratioTestP(values, 0, QUIET)).toBeCloseTo(1 / 2250, 12);
    expect(ratioTestP(values, Math.log(30), QUIET)).toBe(1);
    expect(ratioTestP(values, 0, { mayFail: false })).toBe(1);
    // One block that lasted an hour, among blocks at their limit.
    expect(ratioTestP([0, 0, Math.log(3.6e6)], 0, QUIET)).toBe(1);
    // At the level 1 ÷ 2250 the bound is just at the limit.
    expect(earlyBounds('ratio', values, QUIET, { lower: 1 / 2250, upper: 0.05 }).lower).toBeCloseTo(0, 12);
    expect(earlyBounds('ratio', values, QUIET, { lower: 1 / 2250, upper: 0.05 }).upper).toBeNull();
  });
});

const named = (name: string, records: InstanceRecord[]): InstanceRecord[] =>
  records.map((record) => ({ ...record, function: name }));

const two = configOf({ functions: { a: {}, b: {} }, budgets: { runc: { latency: '+50%' } } });
const verdicts = (records: InstanceRecord[], header: Partial<SamplesHeader> = {}, config = two) =>
  decide(samplesOf(records, header), config).comparisons.map(({ verdict, blocks: n, early }) => [verdict, n, early]);

describe('whole runs', () => {
  test('below the limit: alone by ranks, and after four blocks once a function before has shown its noise', () => {
    const records = [...named('a', blocks(20)), ...named('b', blocks(20, { seed: 2 }))];
    expect(verdicts(records)).toEqual([
      ['pass', 13, undefined],
      ['pass', 4, 'unimodal'],
    ]);
  });

  test('alone and over three times below the limit: after six blocks', () => {
    expect(verdicts(blocks(20), {}, latency('2.9x'))).toEqual([['pass', 12, undefined]]);
    expect(verdicts(blocks(20), {}, latency('3.2x'))).toEqual([['pass', 6, 'unimodal']]);
  });

  test('the base in the same blocks shows the noise of the isolation, so that the function is not alone', () => {
    const beside = (sigma: number) =>
      blocks(20).flatMap((record, index) => [
        record,
        { ...(blocks(20, { seed: 7, sigma })[index] as InstanceRecord), revision: 'base' as const },
      ]);
    expect(verdicts(beside(0.01), {}, latency('+50%'))).toEqual([['pass', 8, 'unimodal']]);
    expect(verdicts(beside(0.2), {}, latency('+50%'))).toEqual([['pass', 12, undefined]]);
  });

  test('a noisy function before makes it wait; one that comes after does not', () => {
    const noisy = blocks(20, { seed: 2, sigma: 0.2 });
    expect(verdicts([...named('a', noisy), ...named('b', blocks(20))])[1]).toEqual(['pass', 13, undefined]);
    expect(verdicts([...named('a', blocks(20)), ...named('b', noisy)])[0]).toEqual(['pass', 13, undefined]);
  });

  test('what another job decides rests on what the measuring jobs knew', () => {
    const noisy = named('a', blocks(20, { seed: 2, sigma: 0.2 }));
    const apart = { parts: [['a'], ['b']], hadBaseline: false };
    const far = configOf({ functions: { a: {}, b: {} }, budgets: { runc: { latency: '3.5x' } } });
    const second = (measured: SamplesHeader['measured'] & {}) =>
      verdicts([...noisy, ...named('b', blocks(20))], { measured }, far)[1];
    expect(second(apart)).toEqual(['pass', 6, 'unimodal']);
    expect(second({ ...apart, parts: [['a', 'b']] })).toEqual(['pass', 10, 'unimodal']);
  });

  test('the verdict says so, with the interval of that test', () => {
    const [alone] = decide(samplesOf(blocks(20)), latency('4x')).comparisons;
    expect(alone).toMatchObject({ verdict: 'pass', blocks: 6, early: 'unimodal', limit: 4 });
    expect(alone?.reason).toMatch(
      /^even the upper bound, \+\S+, is below the limit 4x over 6 blocks \(decided early\)$/,
    );
    expect(alone?.upper).toBeLessThan(1.5);
    expect(alone?.lower).toBeGreaterThan(0.5);
  });

  test('alone, twenty times the cost fails after three blocks, five times after five', () => {
    const first = (factor: number) => decide(samplesOf(blocks(20, { factor })), latency('+10%')).comparisons[0];
    expect(first(20)).toMatchObject({ verdict: 'fail', blocks: 3, early: 'ratio', upper: null });
    expect(first(5.5)).toMatchObject({ verdict: 'fail', blocks: 5, early: 'ratio' });
    expect(first(1.3)).toMatchObject({ verdict: 'fail', blocks: 12 });
    expect(first(1.3)?.early).toBeUndefined();
  });

  test('with known noise, five times the limit fails after three blocks', () => {
    const second = (factor: number, sigma = 0.01) =>
      decide(
        samplesOf([...named('a', blocks(20)), ...named('b', blocks(20, { seed: 2, factor, sigma }))]),
        configOf({ functions: { a: {}, b: {} }, budgets: { runc: { latency: '+10%' } } }),
      ).comparisons[1];
    expect(second(5.5)).toMatchObject({ verdict: 'fail', blocks: 3, early: 'each', upper: null });
    expect(second(5.5)?.lower).toBeGreaterThan(1.1);
    expect(second(1.6)).toMatchObject({ verdict: 'fail', blocks: 5, early: 'unimodal' });
  });

  test('a run that ends after four blocks has its verdict', () => {
    const records = [...named('a', blocks(20)), ...named('b', blocks(4, { seed: 2 }))];
    expect(verdicts(records)[1]).toEqual(['pass', 4, 'unimodal']);
  });

  test('a failed instance prevents a pass', () => {
    const crashed = blocks(8).map((record) =>
      record.block === 1 && record.arm === 'treatment' ? { ...record, status: 'crashed' as const } : record,
    );
    expect(verdicts(crashed, {}, latency('4x'))).toEqual([['not-measured', 7, undefined]]);
  });

  test('the control always first: not early; first in a third of the blocks: early', () => {
    const inOrder = (isFirst: (block: number) => boolean) =>
      blocks(20).map((record) => ({
        ...record,
        position: record.arm === 'twin' ? 2 : (record.arm === 'control') === isFirst(record.block) ? 0 : 1,
      }));
    expect(
      verdicts(
        inOrder(() => true),
        {},
        latency('4x'),
      ),
    ).toEqual([['pass', 12, undefined]]);
    expect(
      verdicts(
        inOrder((block) => block % 3 === 0),
        {},
        latency('4x'),
      ),
    ).toEqual([['pass', 6, 'unimodal']]);
  });

  test('files of versions without early looks are decided as they were', () => {
    const config = latency('4x');
    const { early, ...looks } = declareLooks(config, samplesOf([]).header);
    expect(early).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    expect(verdicts(blocks(20), { looks }, config)).toEqual([['pass', 12, undefined]]);
    expect(verdicts(blocks(20), { looks: { ...looks, early: [2, 8, 40] } }, config)).toEqual([['pass', 8, 'unimodal']]);
  });

  test('a recorded run lends its noise; one whose blocks were alike bars early looks', () => {
    const recorded = (ratio: number[]) => ({
      baseline: [
        baselineRecord({
          gate: 'isogate',
          function: 'f',
          blocks: { ratio, difference: ratio.map((value) => 100 * value) },
          control: [99, 100, 101],
        }),
      ],
    });
    const alternating = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? 0.01 : -0.01));
    const alike = Array.from({ length: 12 }, (_, n) => (n < 6 ? 0.01 : -0.01));
    const own = latency('+50%');
    expect(verdicts(blocks(20), recorded(alternating), own)).toEqual([['pass', 4, 'unimodal']]);
    expect(verdicts(blocks(20), recorded(alike), own)).toEqual([['pass', 12, undefined]]);
    const measured = { parts: [], hadBaseline: false };
    expect(verdicts(blocks(20), { ...recorded(alike), measured }, latency('4x'))).toEqual([['pass', 6, 'unimodal']]);
  });

  test('with the base beside the head a budget fails only when it is known whether the base breaks it too', () => {
    const beside = blocks(20, { factor: 3 }).flatMap((record) => [record, { ...record, revision: 'base' as const }]);
    const [comparison] = decide(samplesOf(beside), latency('+10%')).comparisons;
    expect(comparison).toMatchObject({ verdict: 'fail', blocks: 12, onBase: { isInherited: true } });
    expect(comparison?.early).toBeUndefined();
  });

  test('with the base beside the head nothing passes before it can be told that the control got slower', () => {
    const beside = blocks(20).flatMap((record) => [
      record,
      { ...record, revision: 'base' as const, metrics: { latency_ms: (record.metrics['latency_ms'] ?? 0) / 2 } },
    ]);
    const { comparisons, warnings } = decide(samplesOf(beside.filter(({ block }) => block < 8)), latency('+50%'));
    expect(comparisons[0]).toMatchObject({
      ...{ verdict: 'not-measured', blocks: 8, early: 'unimodal', heldBy: 'budget-met-by-slower-control' },
    });
    expect(warnings.map(({ code }) => code)).toContain('budget-met-by-slower-control');
    const six = decide(samplesOf(beside.filter(({ block }) => block < 6)), latency('+50%'));
    expect(six.verdict).toBe('not-measured');
  });

  test('amounts in milliseconds: noise of others counts by its share of the cost', () => {
    const config = configOf({ functions: { a: {}, b: {} }, budgets: { runc: { cold_start: '+60ms' } } });
    const key = 'cold_start_ms';
    const slow = blocks(20, { key }).map((record) => ({
      ...record,
      metrics: { [key]: 50 * (record.metrics[key] ?? 0) },
    }));
    expect(verdicts([...named('a', slow), ...named('b', blocks(20, { key, seed: 2 }))], {}, config)[1]).toEqual([
      'pass',
      4,
      'unimodal',
    ]);
  });

  test('memory that is the same in every block', () => {
    const config = configOf({ functions: { a: {}, b: {} }, budgets: { runc: { memory: '+20MiB' } } });
    const same = (name: string) =>
      named(
        name,
        Array.from({ length: 20 }, (_, n) => [
          instance(n, 'control', { memory_bytes: 40 * 2 ** 20 }),
          instance(n, 'treatment', { memory_bytes: 45 * 2 ** 20 }),
        ]).flat(),
      );
    expect(verdicts([...same('a'), ...same('b')], {}, config)).toEqual([
      ['pass', 13, undefined],
      ['pass', 4, 'unimodal'],
    ]);
  });
});
