/** On a busy machine the ranks of many blocks may fail a budget, and nothing else; the one cause is told in one sentence. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { normal, seeded } from '../stats/support.ts';
import { configOf, instance, latency, samplesOf } from '../support/decide-samples.ts';

const LOAD = { cpu_pressure_share: 1 };

/** The treatment costs `factor` times the control, with noise of which each block keeps `rho` of the one before. */
const blocksOf = (
  count: number,
  { factor = 1, sigma = 0.01, rho = 0, host = {} as Record<string, number>, metrics = ['latency_ms'], seed = 3 },
) => {
  const random = seeded(seed);
  let state = 0;
  return Array.from({ length: count }, (_, block) => {
    state = rho * state + Math.sqrt(1 - rho ** 2) * normal(random);
    const cost = (of: number) => Object.fromEntries(metrics.map((key) => [key, of]));
    return [
      instance(block, 'control', cost(100), { position: block % 2, host }),
      instance(block, 'treatment', cost(100 * factor * Math.exp(sigma * state)), { position: 1 - (block % 2), host }),
    ];
  }).flat() as InstanceRecord[];
};

const first = (records: InstanceRecord[], config = latency('+10%')) => {
  const { verdict, comparisons, warnings } = decide(samplesOf(records), config);
  const [comparison] = comparisons;
  if (comparison === undefined) throw new Error('no comparison');
  const { verdict: own, blocks, early, reason } = comparison;
  return { run: verdict, warnings, verdict: own, blocks, early, reason };
};

describe('a breach of ten times the limit', () => {
  test('is called after three blocks of a quiet machine', () => {
    expect(first(blocksOf(20, { factor: 16 }))).toMatchObject({ verdict: 'fail', blocks: 3, early: 'ratio' });
  });

  test('and by the ranks on a busy one', () => {
    const found = first(blocksOf(20, { factor: 16, host: LOAD }));
    expect(found).toMatchObject({ run: 'fail', verdict: 'fail', blocks: 12 });
    expect(found.early).toBeUndefined();
  });

  test('in too few blocks for the ranks it is not called there', () => {
    expect(first(blocksOf(6, { factor: 16, host: LOAD }))).toMatchObject({ run: 'not-measured', blocks: 6 });
  });

  test('one disturbed block of several changes nothing', () => {
    const records = blocksOf(20, { factor: 16 }).map((one) => (one.block === 1 ? { ...one, host: LOAD } : one));
    expect(first(records)).toMatchObject({ verdict: 'fail', blocks: 3, early: 'ratio' });
  });
});

test('one block in which the machine stood still makes no fail', () => {
  const records = blocksOf(30, {}).map((one) =>
    one.block === 1 && one.arm === 'treatment' ? { ...one, metrics: { latency_ms: 3_600_000 } } : one,
  );
  expect(first(records)).toMatchObject({ run: 'pass', verdict: 'pass' });
});

describe('noise that a busy machine makes', () => {
  const noisy = { sigma: 0.3, rho: 0.8, host: LOAD, metrics: ['latency_ms', 'cold_start_ms'] };
  const config = configOf({ budgets: { runc: { latency: '+10%', cold_start: '+10%' } } });

  test('at the limit: undecided, one sentence with one cause, and one warning of both metrics', () => {
    const { run, verdict, reason, warnings } = first(blocksOf(60, { factor: 1.1, ...noisy }), config);
    expect([run, verdict]).toEqual(['inconclusive', 'inconclusive']);
    expect(reason).toBe(
      'after 60 blocks the interval from −13.5% to +24.6% is not clearly above or below the limit +10%; the host was disturbed in 60 of 60 blocks (CPU pressure in 60): measure on a quieter machine',
    );
    expect(warnings).toEqual([
      { code: 'disturbed-host', message: 'f: the host was disturbed in 60 of 60 blocks (CPU pressure in 60)' },
    ]);
  });

  test('four times the cost: red, by the ranks of all blocks', () => {
    expect(first(blocksOf(60, { factor: 4, ...noisy }), config)).toMatchObject({ run: 'fail', verdict: 'fail' });
  });
});
