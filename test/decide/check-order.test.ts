import { describe, expect, test } from 'vitest';
import { checkOrder } from '../../src/decide/check-order.ts';
import { normal, seeded } from '../stats/support.ts';
import { ratioInput } from './checked-pairs.ts';

/** 16 blocks in turns; where native ran first gvisor costs `shift` more. */
const turns = (shift: number) =>
  Array.from({ length: 16 }, (_, i) => 0.04 + (i % 2 === 0 ? shift : 0) + 0.001 * ((i * 7) % 5));

describe('order interaction', () => {
  test('widens by half of the shift between the two orders', () => {
    const finding = checkOrder(ratioInput(turns(0.03)));
    expect(finding).toMatchObject({ code: 'order-interaction', hold: null });
    expect(finding?.widening).toBeCloseTo(0.015, 3);
    expect(finding?.message).toBe(
      'gvisor costs 3.10% more where native ran before it in the block than where it ran after, so limits are widened by half of that',
    );
  });

  test('the other way round as well', () => {
    const finding = checkOrder(ratioInput(turns(-0.03)));
    expect(finding?.message).toContain('less where native');
    expect(finding?.widening).toBeCloseTo(0.015, 3);
  });

  test('not: less than half the allowance, though surely there', () => {
    expect(checkOrder(ratioInput(turns(0.024)))).toBeNull();
    expect(checkOrder(ratioInput(turns(0.024), { allowance: 0.04 }))).not.toBeNull();
  });

  test('not: the order is unknown, or was never the other', () => {
    expect(checkOrder(ratioInput(turns(0.03), {}, () => ({ controlFirst: null })))).toBeNull();
    expect(checkOrder(ratioInput(turns(0.03), {}, () => ({ controlFirst: true })))).toBeNull();
    expect(checkOrder(ratioInput([]))).toBeNull();
  });

  test('a large family asks for more: 8 and 8 blocks reach 1 in 12870, not 1 in 20000', () => {
    expect(checkOrder(ratioInput(turns(0.03), { familySize: 64 }))).not.toBeNull();
    expect(checkOrder(ratioInput(turns(0.03), { familySize: 100 }))).toBeNull();
  });

  test('seen by chance in at most 1 of 100 runs', () => {
    const random = seeded(8);
    let found = 0;
    for (let run = 0; run < 3000; run += 1)
      if (
        checkOrder(
          ratioInput(
            Array.from({ length: 20 }, () => normal(random)),
            { allowance: 1e-9 },
          ),
        ) !== null
      )
        found += 1;
    expect(found / 3000).toBeGreaterThan(0.003);
    expect(found / 3000).toBeLessThan(0.014);
  });
});
