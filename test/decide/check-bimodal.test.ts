import { describe, expect, test } from 'vitest';
import { checkBimodal } from '../../src/decide/check-bimodal.ts';
import { ratioInput } from './checked-pairs.ts';

/** 16 blocks; in every fourth gvisor takes 13 ms, else 10.1 to 10.17 ms; native 10 to 10.05 ms. */
const jumping = (highMs: number) =>
  Array.from({ length: 16 }, (_, i): [number, number] => [
    10 + 0.01 * ((i * 5) % 6),
    i % 4 === 3 ? highMs + 0.01 * i : 10.1 + 0.01 * (i % 8),
  ]);
const inputOf = (costs: [number, number][], given = {}) =>
  ratioInput(
    costs.map(([c, t]) => Math.log(t / c)),
    given,
    (i) => ({ control: costs[i]?.[0] ?? 0, treatment: costs[i]?.[1] ?? 0 }),
  );

describe('two modes across instances', () => {
  test('both are reported, and a pass that the mean does not prove is held back', () => {
    const finding = checkBimodal(inputOf(jumping(13), { outcome: 'pass', alpha: 0.05 }));
    expect(finding).toMatchObject({
      code: 'bimodal',
      widening: 0,
      message: 'gvisor jumps between 10.1 ms and 13.1 ms (25% of instances)',
      hold: 'gvisor jumps between 10.1 ms and 13.1 ms (25% of instances), and the mean difference does not prove the pass that ranks prove',
    });
    expect(finding?.modes).toHaveLength(1);
    expect(finding?.modes?.[0]).toMatchObject({ arm: 'gvisor', highShare: 0.25, unit: 'ms' });
    expect(finding?.modes?.[0]?.low).toBeCloseTo(10.13, 9);
    expect(finding?.modes?.[0]?.high).toBeCloseTo(13.09, 9);
  });

  test('one that the mean proves as well stands', () => {
    expect(checkBimodal(inputOf(jumping(13), { outcome: 'pass', alpha: 0.05, limit: 0.3 }))).toMatchObject({
      hold: null,
      modes: [{ arm: 'gvisor' }],
    });
    expect(checkBimodal(inputOf(jumping(13), { outcome: 'fail', alpha: 0.05, limit: 0.005 }))?.hold).toBeNull();
  });

  test('what is open stays open without a reason of its own', () => {
    const open = { hold: null, modes: [{ arm: 'gvisor' }] };
    expect(checkBimodal(inputOf(jumping(13)))).toMatchObject(open);
    // Where the mean would prove a fail that ranks do not see.
    expect(checkBimodal(inputOf(jumping(13), { alpha: 0.05, limit: 0.005 }))).toMatchObject(open);
  });

  test('the control may have them too', () => {
    const swapped = jumping(13).map(([c, t]): [number, number] => [t, c]);
    expect(checkBimodal(inputOf(swapped))?.modes).toMatchObject([{ arm: 'native' }]);
  });

  test('one mode is no finding', () => {
    expect(checkBimodal(inputOf(jumping(10.2), { outcome: 'pass' }))).toBeNull();
    expect(checkBimodal(ratioInput([], { outcome: 'pass' }))).toBeNull();
  });
});
