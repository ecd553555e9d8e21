import type { RegressionFloor } from '../model/config.ts';
import type { Metric } from '../model/metrics.ts';

/**
 * What a growth must exceed at least to be a regression: the larger of a share of the cost and an amount in its unit, on
 * the scale on which is decided. @param level the arm's typical cost, in ms or bytes, above 0
 */
export const floorOnScale = (
  floor: RegressionFloor,
  metric: Metric | 'control',
  scale: 'ratio' | 'difference',
  level: number,
): number => {
  const amount = metric === 'memory' ? floor.memoryBytes : floor.timeMs;
  const share = floor.ratio - 1;
  return scale === 'ratio' ? Math.log1p(Math.max(share, amount / level)) : Math.max(share * level, amount);
};
