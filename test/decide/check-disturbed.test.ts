import { describe, expect, test } from 'vitest';
import { checkDisturbed, findDisturbances } from '../../src/decide/check-disturbed.ts';
import { ratioInput } from './checked-pairs.ts';

/** Quiet blocks at +4 %, the first `count` of 12 at +8 % and disturbed. */
const busy = (count: number, outcome: 'fail' | 'pass' | 'open', limit: number) =>
  ratioInput(
    Array.from({ length: 12 }, (_, i) => (i < count ? 0.08 : 0.04) + 0.0001 * i),
    { outcome, limit },
    (index) => ({
      disturbedBy: index < count ? (index === 0 ? ['CPU pressure', 'memory pressure'] : ['CPU pressure']) : [],
    }),
  );

describe('a disturbed host', () => {
  test('holds back a fail that rests on the disturbed blocks', () => {
    expect(checkDisturbed(busy(6, 'fail', 0.05))).toEqual({
      code: 'disturbed-host',
      message: 'the host was disturbed in 6 of 12 blocks (CPU pressure in 6, memory pressure in 1)',
      widening: 0,
      hold: 'the host was disturbed in 6 of 12 blocks (CPU pressure in 6, memory pressure in 1), and without them the estimate is on the other side of the limit',
    });
  });

  test('and a pass', () => {
    expect(checkDisturbed(busy(4, 'pass', 0.03))?.hold).toContain('on the other side');
    expect(checkDisturbed(busy(4, 'pass', 0.05))).toBeNull();
  });

  test('is told from a quarter of the blocks on where nothing is decided', () => {
    expect(checkDisturbed(busy(3, 'open', 0.05))).toMatchObject({ hold: null, widening: 0 });
    expect(checkDisturbed(busy(2, 'open', 0.05))).toBeNull();
  });

  test('not where the others say the same', () => {
    expect(checkDisturbed(busy(6, 'fail', 0.03))).toBeNull();
    expect(checkDisturbed(busy(0, 'fail', 0.05))).toBeNull();
    expect(checkDisturbed(ratioInput([]))).toBeNull();
  });

  test('in most blocks it is a warning only', () => {
    expect(checkDisturbed(busy(7, 'fail', 0.05))).toMatchObject({ hold: null, widening: 0 });
    expect(checkDisturbed(busy(12, 'open', 0.05))?.message).toContain('12 of 12 blocks');
  });
});

test.each([
  ['nothing known', undefined, []],
  ['no keys', {}, []],
  ['one tick of steal in 130 ms, and gVisor on one CPU', { steal_share: 0.079, cpu_pressure_share: 0.36 }, []],
  ['all of it just below', { cpu_pressure_share: 0.89, memory_pressure_share: 0.09, io_pressure_share: 0.49 }, []],
  ['a clock at its base', { throttle_count: 0, frequency_share: 0.5 }, []],
  ['steal', { steal_share: 0.25 }, ['CPU time stolen by the hypervisor']],
  ['others on every CPU', { cpu_pressure_share: 1 }, ['CPU pressure']],
  ['memory', { memory_pressure_share: 0.1 }, ['memory pressure']],
  ['input and output', { io_pressure_share: 0.5 }, ['I/O pressure']],
  ['a machine that was suspended', { suspended_ms: 2000 }, ['a suspended machine']],
  ['a clock that was set', { clock_set_ms: 3_600_000 }, []],
  ['heat', { throttle_count: 1, frequency_share: 0.3 }, ['thermal throttling', 'a low clock frequency']],
])('what disturbs a host: %s', (_, host, names) => {
  expect(findDisturbances(host)).toEqual(names);
});
