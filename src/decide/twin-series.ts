/** The A/A control against the control, in the blocks of one function. All of its comparisons ask for it, look after look. */

import { recent } from '../lib/recent.ts';
import type { Metric } from '../model/metrics.ts';
import type { Block } from '../samples/group-blocks.ts';
import { pairBlocks } from '../samples/pair-blocks.ts';

/** The first blocks of a function, as far as a look went; without `count` all of them. */
export interface SeenBlocks {
  /** All blocks of the function: what is computed of them is remembered by them. */
  blocks: Block[];
  count?: number;
}

interface Series {
  /** On the scale, one for each block in which both have a usable cost. */
  values: number[];
  /** For each value the index of its block. */
  at: number[];
}

const collect = (blocks: Block[], metric: Metric, scale: 'ratio' | 'difference'): Series => {
  const series = pairBlocks(blocks, 'twin', metric, scale);
  return { values: series[scale], at: series.pairs.map(({ index }) => index) };
};

/** By the blocks of the latest functions. */
const known = recent(2, (_: Block[]) => new Map<string, Series>());

export const twinSeries = (blocks: Block[], count: number, metric: Metric, scale: 'ratio' | 'difference'): number[] => {
  const own = known(blocks);
  const key = `${metric} ${scale}`;
  const series = own.get(key) ?? collect(blocks, metric, scale);
  own.set(key, series);
  const end = series.at.findIndex((index) => index >= count);
  return end < 0 ? series.values : series.values.slice(0, end);
};
