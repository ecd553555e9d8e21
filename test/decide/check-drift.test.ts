import { describe, expect, test } from 'vitest';
import { checkDrift } from '../../src/decide/check-drift.ts';
import { normal, seeded } from '../stats/support.ts';
import { ratioInput } from './checked-pairs.ts';

/** 21 blocks over which the overhead grows by `change`, with a little unrest. */
const growing = (change: number, n = 21) =>
  Array.from({ length: n }, (_, i) => 0.04 + (change * i) / (n - 1) + 0.0002 * ((i * 3) % 4));

describe('drift', () => {
  test('widens by half of what the overhead changed over the run', () => {
    const finding = checkDrift(ratioInput(growing(0.02)));
    expect(finding).toMatchObject({ code: 'drift', hold: null });
    expect(finding?.widening).toBeCloseTo(0.01, 3);
    expect(finding?.message).toBe(
      'the cost of gvisor over native grew by 2.02% while the blocks were measured, so limits are widened by half of that',
    );
    expect(checkDrift(ratioInput(growing(-0.02)))?.message).toContain('fell by');
  });

  test('goes by the numbers of the blocks: twenty in the middle are missing', () => {
    const blockOf = (index: number) => (index < 10 ? index : index + 20);
    const values = Array.from({ length: 21 }, (_, i) => (0.02 * blockOf(i)) / 40);
    const late = checkDrift(ratioInput(values, {}, (index) => ({ block: blockOf(index) })));
    expect(late?.widening).toBeCloseTo(0.01, 12);
  });

  test('the order of the list does not matter', () => {
    const input = ratioInput(growing(0.02));
    expect(checkDrift({ ...input, pairs: [...input.pairs].reverse() })).toEqual(checkDrift(input));
  });

  test('not: less than a quarter of the allowance, or nothing monotone', () => {
    expect(checkDrift(ratioInput(growing(0.011)))).toBeNull();
    expect(checkDrift(ratioInput(growing(0.011), { allowance: 0.03 }))).not.toBeNull();
    expect(checkDrift(ratioInput(growing(0.0135)))).not.toBeNull();
    expect(
      checkDrift(ratioInput([...growing(0.02, 10), ...growing(0.02, 10)].map((v, i) => (i < 10 ? v : -v)))),
    ).not.toBeNull();
    expect(checkDrift(ratioInput([...growing(0.02, 10), ...growing(0.02, 10).reverse()]))).toBeNull();
    expect(checkDrift(ratioInput(Array<number>(30).fill(0.04)))).toBeNull();
    expect(checkDrift(ratioInput([]))).toBeNull();
  });

  test('a large family asks for more: five blocks in order are 1 in 60 and six 1 in 360, two-sided', () => {
    expect(checkDrift(ratioInput(growing(0.02, 5)))).toBeNull();
    expect(checkDrift(ratioInput(growing(0.02, 6)))).not.toBeNull();
    expect(checkDrift(ratioInput(growing(0.02, 6), { familySize: 4 }))).toBeNull();
  });

  test('thousands of blocks are averaged down', () => {
    expect(checkDrift(ratioInput(growing(0.02, 5000)))?.widening).toBeCloseTo(0.01, 3);
  });

  test('seen by chance in at most 1 of 100 runs', () => {
    const random = seeded(9);
    let found = 0;
    for (let run = 0; run < 3000; run += 1) {
      const values = Array.from({ length: 20 }, () => normal(random));
      if (checkDrift(ratioInput(values, { allowance: 1e-9 })) !== null) found += 1;
    }
    expect(found / 3000).toBeGreaterThan(0.003);
    expect(found / 3000).toBeLessThan(0.014);
  });
});
