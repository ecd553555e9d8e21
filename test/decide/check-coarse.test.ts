import { describe, expect, test } from 'vitest';
import { checkCoarse } from '../../src/decide/check-coarse.ts';
import { normal, seeded } from '../stats/support.ts';
import { costInput, ratioInput } from './checked-pairs.ts';

const MIB = 2 ** 20;
/** CPU time in ticks of 10 ms. */
const TICKS: [number, number][] = [10, 20, 10, 10, 20, 10, 10, 20].map((control, i) => [
  control,
  i % 3 === 0 ? 30 : 20,
]);

describe('too few distinct values', () => {
  test('widens by half of the step where the limit lies within one', () => {
    expect(checkCoarse(costInput(TICKS, { limit: 15 }))).toEqual({
      code: 'coarse-values',
      message:
        '2 distinct values of native in 8 blocks, at least 10.0 ms apart, are too coarse for this limit, so it is widened by half of such a step',
      widening: 5,
      hold: null,
    });
  });

  test('not where the limit is two steps or more', () => {
    expect(checkCoarse(costInput(TICKS, { limit: 20 }))).toBeNull();
  });

  test('of a ratio, as a share of the median: one tick of 10 on 10', () => {
    const finding = checkCoarse(
      ratioInput(
        TICKS.map(([c, t]) => Math.log(t / c)),
        {},
        (i) => ({
          control: TICKS[i]?.[0] ?? 0,
          treatment: TICKS[i]?.[1] ?? 0,
        }),
      ),
    );
    expect(finding?.widening).toBeCloseTo(Math.log(2) / 2, 12);
  });

  test('memory that is equal in all blocks stands, and so does a difference that is', () => {
    const equal = Array<[number, number]>(12).fill([30 * MIB, 70 * MIB]);
    const both = equal.map(([c, t], i): [number, number] => (i % 2 === 0 ? [c, t] : [c + 4 * MIB, t + 4 * MIB]));
    expect(checkCoarse(costInput(equal, { limit: MIB, unit: 'bytes' }))).toBeNull();
    expect(checkCoarse(costInput(both, { limit: MIB, unit: 'bytes' }))).toBeNull();
  });

  test('pages of 4 KiB do not matter to a limit in MiB', () => {
    const pages = Array.from({ length: 12 }, (_, i): [number, number] => [30 * MIB, 70 * MIB + 4096 * (i % 3)]);
    expect(checkCoarse(costInput(pages, { limit: MIB, unit: 'bytes' }))).toBeNull();
    expect(checkCoarse(costInput(pages, { limit: 4096, unit: 'bytes' }))?.message).toContain('4.00 KiB apart');
  });

  test('never of continuous costs, however small the allowance', () => {
    const random = seeded(6);
    for (let run = 0; run < 1000; run += 1) {
      const costs = Array.from({ length: 7 + (run % 50) }, (): [number, number] => [
        10 + normal(random),
        12 + normal(random),
      ]);
      expect(checkCoarse(costInput(costs, { allowance: 1e-6 }))).toBeNull();
    }
  });
});
