/** What measuring starts from: everything that is fixed before the first instance. */

import type { SealKey } from '../host/seal-key.ts';
import type { HostClaim } from '../isolation/cleanup/claim-host.ts';
import type { Config } from '../model/config.ts';
import type { SamplesHeader } from '../model/samples.ts';
import type { ProvenHost } from '../probe/prove-host.ts';
import type { EarlierRun } from '../samples/read-samples.ts';
import type { BuiltBase } from './base.ts';
import type { BuiltFunction } from './images.ts';
import type { TimeBudget } from './time-budget.ts';

export interface MeasureJob {
  config: Config;
  built: BuiltFunction[];
  /** Null where no base runs beside the head. */
  base: BuiltBase | null;
  proven: ProvenHost;
  claim: HostClaim;
  header: SamplesHeader;
  earlier: EarlierRun | null;
  /** Seals the samples; null: they are not sealed. */
  key: SealKey | null;
  /** File that the samples are written to, record by record. */
  path: string;
  budget: TimeBudget;
}
