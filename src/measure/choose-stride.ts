/** Pure: how often an arm takes part that takes longer than all others of a block together. */

const MOST = 4;

export interface StrideCosts {
  /** The longest instance of a block, the sum of the others, and of those the control and its twin. */
  slowMs: number;
  othersMs: number;
  controlsMs: number;
  timeMs: number;
  /** Blocks before a first decision can fall, and those that may still be measured. */
  blocksNeeded: number;
  blocksLeft: number;
}

/** Blocks of the slow arm where the others are done at the first decision, and it then gets all the time that is left. */
const slowBlocks = (stride: number, { slowMs, othersMs, controlsMs, timeMs, blocksNeeded }: StrideCosts): number => {
  const shared = Math.ceil(blocksNeeded / stride);
  const leftMs = timeMs - blocksNeeded * othersMs - shared * slowMs;
  return shared + Math.max(0, Math.floor(leftMs / (controlsMs + slowMs)));
};

/**
 * The slow arm takes part in every `stride`-th block until the others are done. 1 where no arm is that slow, or where the
 * time is enough for everything. It costs the slow arm no decision that it could have had otherwise.
 */
export const chooseStride = (costs: StrideCosts): number => {
  const { slowMs, othersMs, timeMs, blocksNeeded, blocksLeft } = costs;
  const fullBlocks = Math.floor(timeMs / (slowMs + othersMs));
  if (slowMs <= othersMs || fullBlocks >= blocksLeft) return 1;
  const most = Math.min(MOST, Math.ceil(slowMs / othersMs));
  for (let stride = most; stride > 1; stride--) if (slowBlocks(stride, costs) >= blocksNeeded) return stride;
  // Where it cannot be decided either way, the others at least are.
  return fullBlocks >= blocksNeeded ? 1 : most;
};
