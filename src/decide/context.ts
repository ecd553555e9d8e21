/** What every comparison of a function is decided with. */

import type { FunctionBlocks } from './attempts.ts';
import type { Config, DeclaredComparison, Looks } from '../model/types.ts';

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
