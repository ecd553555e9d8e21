import type { AttemptPlan } from '../model/samples.ts';
import type { Block } from '../samples/group-blocks.ts';

/** What one function's samples hold, up to the last block that may count. */
export interface FunctionBlocks {
  name: string;
  blocks: Block[];
  /** Left out because an arm is missing. */
  incomplete: number;
  attempts: AttemptPlan[];
  /** By block number the isolations that it was to hold; of a block that is not in it, all. */
  arms: ReadonlyMap<number, ReadonlySet<string>>;
}
