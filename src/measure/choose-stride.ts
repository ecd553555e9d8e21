/** No arm takes part less often than in every fourth block. */
const LONGEST_STRIDE = 4;

interface StrideCosts {
  /** The longest instance of a block. */
  slowMs: number;
  /** The other instances of the block, and of those the control and the A/A control. */
  othersMs: number;
  controlsMs: number;
  timeMs: number;
  /** Blocks before a first decision can fall. */
  blocksNeeded: number;
  /** Blocks that may still be measured. */
  blocksLeft: number;
}

/** How many blocks the slow arm gets if the others are done at the first decision and leave it all of the remaining time. */
const countSlowBlocks = (stride: number, costs: StrideCosts): number => {
  const { slowMs, othersMs, controlsMs, timeMs, blocksNeeded } = costs;
  const shared = Math.ceil(blocksNeeded / stride);
  const leftMs = timeMs - blocksNeeded * othersMs - shared * slowMs;
  return shared + Math.max(0, Math.floor(leftMs / (controlsMs + slowMs)));
};

/**
 * How often an arm takes part that takes longer than all others of a block together: in every `stride`-th block until the
 * others are done. It is 1 where no arm is that slow, or where the time is enough for everything. The slow arm never loses a
 * decision by it that it could have had otherwise.
 */
export const chooseStride = (costs: StrideCosts): number => {
  const { slowMs, othersMs, timeMs, blocksNeeded, blocksLeft } = costs;
  const fullBlocks = Math.floor(timeMs / (slowMs + othersMs));
  if (slowMs <= othersMs || fullBlocks >= blocksLeft) return 1;
  const most = Math.min(LONGEST_STRIDE, Math.ceil(slowMs / othersMs));
  for (let stride = most; stride > 1; stride--) if (countSlowBlocks(stride, costs) >= blocksNeeded) return stride;
  // Where the slow arm cannot be decided either way, at least the others are.
  return fullBlocks >= blocksNeeded ? 1 : most;
};
