/** Flow part: instances and blocks that are missing where a comparison is decided. */

import type { ArmFailures } from './explain.ts';
import type { Material } from './material.ts';

export interface Losses {
  failures: ArmFailures[];
  /** Blocks that lack an arm, where they are so many that they prevent a pass; else 0. */
  incomplete: number;
  /** More than a tenth of all blocks are of no use. */
  isDepleted: boolean;
  /** Nothing passes: an instance failed, or too many are missing. */
  prevents: boolean;
}

/** One may be missing, cut off at the end; more than a tenth of all could be the ones that would have told. */
const LOST_SHARE = 0.1;

const isTooMany = (lost: number, all: number): boolean => lost > 1 && lost > LOST_SHARE * all;

/**
 * @param of blocks of the function that a look sees, those left out besides (known at the end only), and those of the
 *   seen that hold a usable value
 */
export const lossesOf = (
  material: Pick<Material, 'failures' | 'expected'>,
  { seen, incomplete, usable }: { seen: number; incomplete: number; usable: number },
): Losses => {
  const failures = material.failures(seen);
  const expected = material.expected(seen) + incomplete;
  const missing = expected - Math.min(...failures.map(({ started }) => started));
  const lost = isTooMany(missing, expected) ? missing : 0;
  return {
    failures,
    incomplete: lost,
    isDepleted: isTooMany(expected - usable, expected),
    prevents: lost > 0 || failures.some(({ failed }) => failed > 0),
  };
};
