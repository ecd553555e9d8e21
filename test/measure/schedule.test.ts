import { expect, it } from 'vitest';
import { balancedOrders } from '../../src/measure/schedule.ts';

const take = (count: number, arms: number, seed: string): number[][] => {
  const orders = balancedOrders(arms, seed);
  return Array.from({ length: count }, () => orders.next().value);
};

it.each([2, 3, 4, 5, 7])('%i arms: each stands at each position once in every square', (arms) => {
  const orders = take(arms * 20, arms, 'seed/fn');
  for (let square = 0; square < 20; square++) {
    const blocks = orders.slice(square * arms, (square + 1) * arms);
    for (let at = 0; at < arms; at++) {
      const everyArm = Array.from({ length: arms }, (_, arm) => arm);
      expect(blocks.map((order) => order[at]).sort()).toEqual(everyArm);
      expect([...(blocks[at] ?? [])].sort()).toEqual(everyArm);
    }
  }
});

it('does not always let the same arm follow another', () => {
  const followers = new Set(take(60, 3, '1/fn').map((order) => order[order.indexOf(0) + 1]));
  expect(followers).toEqual(new Set([1, 2, undefined]));
});

it('is repeated by its seed, and only by it', () => {
  expect(take(40, 5, '1/fn')).toEqual(take(40, 5, '1/fn'));
  expect(take(40, 5, '1/fn')).not.toEqual(take(40, 5, '2/fn'));
  expect(take(40, 5, '1/fn')).not.toEqual(take(40, 5, '1/other'));
});
