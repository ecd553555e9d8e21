/** Pure: the order of arms inside each block. */

import { Rng } from 'pragmastat';

/**
 * Endless orders of `count` arms. Every `count` blocks form a Latin square made of the rotations of one random
 * permutation, in random sequence: each arm stands at each position equally often, and no order can be foreseen.
 */
export function* balancedOrders(count: number, seed: string): Generator<number[], never> {
  const rng = new Rng(seed);
  const positions = Array.from({ length: count }, (_, i) => i);
  for (;;) {
    const permutation = rng.shuffle(positions);
    for (const rotation of rng.shuffle(positions))
      yield positions.map((position) => permutation[(position + rotation) % count] as number);
  }
}
