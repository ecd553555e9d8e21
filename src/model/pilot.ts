/** What a pilot saw, for those who say how many blocks can be expected. */

import type { InstanceRecord } from './samples.ts';

/** What is known of one instance, as far as its metrics need it. */
export type MeasuredInstance = Pick<InstanceRecord, 'status' | 'metrics' | 'phases_ms' | 'latency_ms' | 'tail_ms'>;

/** One instance of the control and of each isolation that decides something, all of the head. */
export interface PilotRound {
  control: MeasuredInstance | null;
  /** By isolation; one that was not run, or failed, is not in it. */
  treatments: ReadonlyMap<string, MeasuredInstance>;
}
