import type { Block } from './group-blocks.ts';

/** The blocks that the base took part in, with the base's instances in the place of the head's. */
export const listBaseBlocks = (blocks: Block[]): Block[] =>
  blocks.flatMap(({ index, base }) => (base === null ? [] : [{ index, ...base, base: null }]));
