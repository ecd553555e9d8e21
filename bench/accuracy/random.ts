import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Seeded, so that every figure can be had again. */
export interface Random {
  /** In (0, 1). */
  uniform(): number;
  /** 0, 1, … below `size`. */
  index(size: number): number;
  normal(): number;
  /** Student's t with 3 degrees of freedom, scaled to a standard deviation of 1. */
  t3(): number;
}

export const seededRandom = (seed: number): Random => {
  const generator = xoroshiro128plus(seed);
  const uniform = (): number => ((generator.next() >>> 0) + 0.5) / 2 ** 32;
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const t3 = (): number => {
    const chiSquare = normal() ** 2 + normal() ** 2 + normal() ** 2;
    // A t with 3 degrees of freedom has variance 3, which the division by √3 takes away again.
    return normal() / Math.sqrt(chiSquare);
  };
  return { uniform, index: (size) => Math.floor(uniform() * size), normal, t3 };
};
