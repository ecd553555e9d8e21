import type { PlannedComparison } from './circumstances.ts';
import type { Block } from './stats/group-blocks.ts';
import { type ArmCount, pairBlocks } from './stats/pair-blocks.ts';
import { type Bounds, type OneSidedAlpha, pairedBlocksNeeded, pairedBounds } from './stats/paired-bounds.ts';
import { shiftBlocksNeeded, shiftBounds } from './stats/shift-bounds.ts';
import type { Config } from './types.ts';
import type { ArmFailures } from './verdict/explain.ts';

/** What the first n blocks hold for one comparison. */
export interface Material {
  values: number[];
  bounds: (alpha: OneSidedAlpha) => Bounds;
  /** Fewest blocks with a bound at that level; null where no number of blocks has one. */
  needed: (alpha: number) => number | null;
  failures: ArmFailures[];
}

const named = (isolation: string, count: ArmCount): ArmFailures => ({ isolation, ...count });

export const materialOf = ({ declared, record }: PlannedComparison, blocks: Block[], config: Config): Material => {
  const { scale } = declared.limit;
  if (declared.metric === 'control') {
    const { control, controls } = pairBlocks(blocks, 'twin', 'latency', scale);
    const onScale = (costs: number[]) => (scale === 'ratio' ? costs.filter((c) => c > 0).map(Math.log) : costs);
    const values = onScale(control);
    const then = onScale(record?.control ?? []);
    const failures = [named(config.control, controls)];
    return {
      values,
      bounds: (alpha) => shiftBounds(values, then, alpha),
      needed: (alpha) => shiftBlocksNeeded(then.length, alpha),
      failures,
    };
  }
  const series = pairBlocks(blocks, { isolation: declared.isolation }, declared.metric, scale);
  const values = series[scale];
  const failures = [named(declared.isolation, series.arms), named(`control ${config.control}`, series.controls)];
  if (declared.kind === 'budget')
    return { values, bounds: (alpha) => pairedBounds(values, alpha), needed: pairedBlocksNeeded, failures };
  const then = record?.blocks[scale] ?? [];
  return {
    values,
    bounds: (alpha) => shiftBounds(values, then, alpha),
    needed: (alpha) => shiftBlocksNeeded(then.length, alpha),
    failures,
  };
};
