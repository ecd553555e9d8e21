import type { PairedCosts } from './paired-costs.ts';
import type { Random } from './random.ts';

export type Outcome = 'fail' | 'pass' | 'inconclusive';

export interface Ruling {
  outcome: Outcome;
  /** Blocks that had to be measured. */
  blocks: number;
}

export interface Rule {
  name: string;
  /** `limit` is the factor that treatment ÷ control may not exceed; most rules of others do not ask for it. */
  decide(costs: PairedCosts, limit: number, random: Random): Ruling;
}
