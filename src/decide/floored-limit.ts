/** Flow part: below its floor a growth is a trifle, whatever the limit says. */

import { median } from 'simple-statistics';
import type { Config } from '../model/config.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import { floorOnScale } from './floor.ts';
import { limitOnScale } from './scale.ts';

/** The limit on the decision scale; of a regression the floor instead, where that is higher. */
export const flooredLimit = (
  { kind, limit, metric }: DeclaredComparison,
  costs: number[],
  { regressionFloor }: Config,
): { limit: number; isFloor: boolean } => {
  const own = limitOnScale(limit);
  const positive = costs.filter((cost) => cost > 0);
  if (kind === 'budget' || positive.length === 0) return { limit: own, isFloor: false };
  const floor = floorOnScale(regressionFloor, metric, limit.scale, median(positive));
  return floor > own ? { limit: floor, isFloor: true } : { limit: own, isFloor: false };
};
