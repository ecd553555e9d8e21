import { median } from 'simple-statistics';

/**
 * Slope of y over x: the median of the slopes of all pairs of points (Theil, 1950; Sen, 1968), in units of y an x.
 * Null where no two points differ in x.
 */
export const theilSenSlope = (points: { x: number; y: number }[]): number | null => {
  const slopes: number[] = [];
  for (const [j, b] of points.entries())
    for (const a of points.slice(0, j)) if (a.x !== b.x) slopes.push((b.y - a.y) / (b.x - a.x));
  return slopes.length === 0 ? null : median(slopes);
};
