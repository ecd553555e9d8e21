import type { Member } from './family.ts';

/** Levels at which it is looked for, ascending: 1, 2 and 5 in each decade from 10⁻⁵ to 0.5. */
const GRID = [-5, -4, -3, -2, -1].flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));

/**
 * The sequential p-value of "at most the limit", rounded up to `GRID`: the smallest alpha at which any look so far rejects
 * (Liu and Anderson 2008). Valid whenever one looks and stops. Null where none up to 0.5 does, or there was no look.
 */
export const sequentialP = ({
  looks,
  levels,
  proves,
}: Pick<Member, 'looks' | 'levels'> & {
  /** Whether a look's test rejects at that level. */
  proves: (look: number, level: number) => boolean;
}): number | null => {
  const isProven = (alpha: number): boolean =>
    levels(alpha).some((level, look) => look < looks && level > 0 && proves(look, level));
  let low = 0;
  let high = GRID.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isProven(GRID[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return GRID[low] ?? null;
};
