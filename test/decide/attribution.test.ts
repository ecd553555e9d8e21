import { describe, expect, test } from 'vitest';
import { attribute } from '../../src/decide/attribute-growth.ts';
import type { Metric, StartPhase } from '../../src/model/metrics.ts';

/** Before, now, and half the width of the interval as a share; null: no interval. */
type Numbers = [before: number, now: number, width?: number | null];
const shift = ([before, now, width = 0.005]: Numbers) => {
  const estimate = now / before;
  const [lower, upper] = width === null ? [null, null] : [estimate - width, estimate + width];
  return { before, now, estimate, lower, upper };
};
const arm = (costs: Partial<Record<Metric, Numbers>>, phases: Partial<Record<StartPhase, Numbers>> = {}) => ({
  costs: new Map(Object.entries(costs).map(([metric, numbers]) => [metric as Metric, shift(numbers)])),
  phases: new Map(Object.entries(phases).map(([phase, numbers]) => [phase as StartPhase, shift(numbers)])),
});

type Arms = { treatment: ReturnType<typeof arm>; control: ReturnType<typeof arm> };
const ask = (metric: Metric | 'control', arms: Arms, conditions: string[] = []) =>
  attribute({ comparison: { isolation: 'gvisor', metric }, control: 'native', arms, conditions });

const STEADY = arm({ latency: [10, 10], cpu: [8, 8] });
const NOTHING = arm({});

describe('latency', () => {
  test('the treatment got slower, and its CPU time with it', () => {
    const treatment = arm({ latency: [12.1, 13.29], cpu: [11, 12], memory: [30e6, 30e6] });
    const { cause, summary, shifts } = ask('latency', { treatment, control: STEADY });
    expect([cause, summary]).toEqual([
      'treatment-slower',
      'gvisor itself got 9.83% slower (12.1 ms → 13.3 ms); its CPU time rose with it (+9.09%); the control did not move',
    ]);
    expect(shifts.map(({ what, unit, moved }) => [what, unit, moved])).toEqual([
      ['latency of gvisor', 'ms', 'up'],
      ['cpu of gvisor', 'ms', 'up'],
      ['memory of gvisor', 'bytes', null],
      ['latency of the control native', 'ms', null],
      ['cpu of the control native', 'ms', null],
    ]);
  });

  test('it waits longer: its CPU time did not move', () => {
    const treatment = arm({ latency: [0.121, 0.133], cpu: [0.1, 0.1] });
    expect(ask('latency', { treatment, control: arm({ latency: [0.1, 0.1, 0.05] }) }).summary).toBe(
      'gvisor itself got 9.92% slower (121 µs → 133 µs); its CPU time did not move; the control did not surely move (−5.00% to +5.00%)',
    );
  });

  test('the control got faster', () => {
    const { cause, summary } = ask('latency', { treatment: STEADY, control: arm({ latency: [10, 9.2] }) });
    expect([cause, summary]).toEqual([
      'control-faster',
      'the control got 8.00% faster (10.0 ms → 9.20 ms), which makes the overhead larger; gvisor itself did not move',
    ]);
  });

  test('both', () => {
    const arms = { treatment: arm({ latency: [12, 13.2] }), control: arm({ latency: [10, 9.5] }) };
    const { cause, summary } = ask('latency', arms);
    expect([cause, summary]).toEqual([
      'both',
      'gvisor itself got 10.0% slower (12.0 ms → 13.2 ms), and the control got 5.00% faster (10.0 ms → 9.50 ms): each makes the overhead larger',
    ]);
  });

  test('the control got slower too, but by less', () => {
    const arms = { treatment: arm({ latency: [12, 14.4] }), control: arm({ latency: [10, 10.5] }) };
    const { cause, summary } = ask('latency', arms);
    expect([cause, summary]).toEqual([
      'treatment-slower',
      'gvisor itself got 20.0% slower (12.0 ms → 14.4 ms); the control got 5.00% slower (10.0 ms → 10.5 ms)',
    ]);
  });

  test('both by the same factor: not the isolation', () => {
    const arms = { treatment: arm({ latency: [12, 18] }), control: arm({ latency: [10, 14.9] }) };
    const { cause, summary } = ask('latency', arms);
    expect([cause, summary]).toEqual([
      'unclear',
      'gvisor and the control cost more by about the same factor (+50.0% and +49.0%), so it is the function itself or the machine rather than the isolation',
    ]);
  });

  test('nothing surely moved, or what it cost is not known', () => {
    expect(ask('latency', { treatment: arm({ latency: [10, 10.2, 0.04] }), control: STEADY })).toMatchObject({
      cause: 'unclear',
      summary: 'gvisor itself did not surely move (−2.00% to +6.00%); the control did not move',
    });
    expect(ask('latency', { treatment: NOTHING, control: STEADY })).toMatchObject({
      cause: 'unclear',
      summary: 'what gvisor itself cost before is not known; the control did not move',
    });
    const few = arm({ latency: [10, 13, null] });
    expect(ask('latency', { treatment: few, control: STEADY }).summary).toBe(
      'too few blocks say whether gvisor itself moved; the control did not move',
    );
  });

  test('a sure move of less than 1 % is none', () => {
    const { shifts } = ask('latency', { treatment: arm({ latency: [10, 10.09, 0.001] }), control: STEADY });
    expect(shifts[0]?.moved).toBeNull();
  });
});

describe('other metrics', () => {
  test('cold start: the phase that moved', () => {
    const treatment = arm({ cold_start: [182, 203] }, { created: [9, 9], ready: [62, 83], first_response: [30, 30.1] });
    const { cause, summary } = ask('cold_start', { treatment, control: arm({ cold_start: [50, 50] }) });
    expect([cause, summary]).toEqual([
      'treatment-slower',
      'gvisor itself starts 11.5% slower (182 ms → 203 ms); start-up: the phase ready grew by 21.0 ms (+33.9%), the others did not move; the control did not move',
    ]);
  });

  test('cold start: several phases, the largest first, trifles unnamed', () => {
    const treatment = arm(
      { cold_start: [100, 200] },
      { created: [10, 40], booted: [1, 2], ready: [40, 109], first_response: [49, 49] },
    );
    const { summary } = ask('cold_start', { treatment, control: arm({ cold_start: [50, 50] }) });
    expect(summary).toBe(
      'gvisor itself starts 100% slower (100 ms → 200 ms); start-up: the phase ready grew by 69.0 ms (+173%), created by 30.0 ms (4.00x), the others by less; the control did not move',
    );
  });

  test('memory and CPU time have their own words', () => {
    const memory = arm({ memory: [30 * 2 ** 20, 33 * 2 ** 20] });
    expect(ask('memory', { treatment: memory, control: arm({ memory: [1e6, 1e6] }) }).summary).toBe(
      'gvisor itself takes 10.0% more memory (30.0 MiB → 33.0 MiB); the control did not move',
    );
    const cpu = arm({ cpu: [10, 11], latency: [12, 13.2] });
    expect(ask('cpu', { treatment: cpu, control: STEADY }).summary).toBe(
      'gvisor itself takes 10.0% more CPU time (10.0 ms → 11.0 ms); its latency rose with it (+10.0%); the control did not move',
    );
  });

  test('the control’s own growth', () => {
    const control = arm({ latency: [10, 11.2], cpu: [8, 9] });
    expect(ask('control', { treatment: NOTHING, control })).toMatchObject({
      cause: 'treatment-slower',
      summary: 'the control native itself got 12.0% slower (10.0 ms → 11.2 ms); its CPU time rose with it (+12.5%)',
    });
  });

  test('nothing to compare with: what differs of runtime, kernel and host', () => {
    const conditions = ['kernel 6.1 → 6.12', ...Array.from({ length: 6 }, (_, n) => `runtime ${n} → ${n + 1}`)];
    expect(ask('latency', { treatment: NOTHING, control: NOTHING }, conditions)).toEqual({
      cause: 'conditions',
      summary:
        'whether the code or the machine did it cannot be told: the baseline was measured under other conditions (kernel 6.1 → 6.12, runtime 0 → 1, runtime 1 → 2, runtime 2 → 3, runtime 3 → 4 and 2 more)',
      shifts: [],
      conditions,
    });
  });
});
