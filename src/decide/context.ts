/** What every comparison of a function is decided with. */

import type { Config } from '../model/config.ts';
import type { DeclaredComparison, Looks } from '../model/samples.ts';
import type { FunctionBlocks } from './function-blocks.ts';

export interface ComparisonContext {
  fn: FunctionBlocks;
  looks: Looks;
  /** Comparisons that are decided, of the whole run. */
  gated: DeclaredComparison[];
  /** Over how many comparisons alpha is divided. */
  familySize: number;
  config: Config;
  /** The run is over: what there is, is all that there will be. */
  final: boolean;
}

export type Outcome = 'fail' | 'pass';
