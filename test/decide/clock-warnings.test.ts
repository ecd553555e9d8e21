/** A clock that jumps is told, and moves no number; blocks in which the machine was suspended count as disturbed. */
import { describe, expect, test } from 'vitest';
import { clockWarnings, seeClocks } from '../../src/decide/clock-warnings.ts';
import { decide } from '../../src/decide/decide.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { blocks, latency, samplesOf } from '../support/decide-samples.ts';

/** The same blocks, with these values of the host in the treatment of some. */
const during = (records: InstanceRecord[], numbers: number[], host: Record<string, number>) =>
  records.map((one) => (one.arm === 'treatment' && numbers.includes(one.block) ? { ...one, host } : one));

test('nothing is said where nothing happened', () => {
  expect(seeClocks(during(blocks(12), [3], { steal_share: 0.1 }))).toEqual([]);
});

describe('one sentence for each', () => {
  test('suspended in two blocks, for 95 s in all', () => {
    const records = during(during(blocks(12), [3], { suspended_ms: 90_000 }), [7], { suspended_ms: 5000 });
    expect(clockWarnings(seeClocks(records))).toEqual([
      {
        code: 'machine-suspended',
        message:
          'the machine was suspended for 95 s in 2 of 12 blocks of f: times are measured by a clock that stands still meanwhile, but these blocks count as disturbed; measure where the machine is not suspended',
      },
    ]);
  });

  test('set back once by an hour', () => {
    expect(clockWarnings(seeClocks(during(blocks(12), [3], { clock_set_ms: -3_600_000 })))).toEqual([
      {
        code: 'clock-set',
        message:
          "the machine's clock was set back by 60 min in 1 of 12 blocks of f: times are measured by a clock that nobody sets, so they count; a function that reads the time of day may have done other work",
      },
    ]);
  });

  test('set several times, in two functions', () => {
    const other = blocks(4).map((one) => ({ ...one, function: 'g' }));
    const seen = [
      ...seeClocks(during(blocks(12), [3], { clock_set_ms: 30_000 })),
      ...seeClocks(during(other, [0], { clock_set_ms: -2000 })),
    ];
    expect(clockWarnings(seen)[0]?.message).toContain(
      'set forward by up to 30 s in 1 of 12 blocks of f, 1 of 4 blocks of g: ',
    );
  });
});

describe('the verdict', () => {
  const codesOf = (records: InstanceRecord[]) => {
    const { verdict, warnings } = decide(samplesOf(records), latency('+10%'));
    return [verdict, ...warnings.map(({ code }) => code)];
  };

  test('of a clock that was set is that of the times', () => {
    expect(codesOf(during(blocks(12), [3], { clock_set_ms: 3_600_000 }))).toEqual(['pass', 'clock-set']);
    expect(codesOf(during(blocks(12, { factor: 1.5 }), [3], { clock_set_ms: 3_600_000 }))).toEqual([
      'fail',
      'clock-set',
    ]);
  });

  test('does not rest on blocks in which the machine was suspended: without them the cost is on the other side', () => {
    // In every second block but two the treatment took longer while the machine slept; the others are just below +10 %.
    const isAsleep = (block: number) => block % 2 === 1 && block < 57;
    const records = blocks(60, { factor: 1.095, sigma: 0.03 }).map((one) =>
      one.arm === 'treatment' && isAsleep(one.block)
        ? { ...one, metrics: { latency_ms: 115 + 3 * one.block }, host: { suspended_ms: 2000 } }
        : one,
    );
    const { verdict, comparisons, warnings } = decide(samplesOf(records), latency('+10%'));
    expect(verdict).toBe('not-measured');
    expect(warnings.map(({ code }) => code)).toEqual(['disturbed-host', 'bimodal', 'machine-suspended']);
    expect(comparisons[0]?.reason).toBe(
      'the cost seems to be above the limit +10% over 60 blocks, but that is not proven: the host was disturbed in 28 of 60 blocks (a suspended machine in 28), and without them the estimate is on the other side of the limit; measure on a quieter machine',
    );
  });
});
