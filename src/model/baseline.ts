/** Stored results of earlier runs, and the port to where they live. */

import type { Bounds, Metric, RunVerdict, StartPhase } from './metrics.ts';
import type { Fingerprint } from './probe.ts';
import type { Warning } from './warnings.ts';

export interface BaselineRecord {
  schema: 'isogate.baseline/1';
  gate: string;
  function: string;
  isolation: string;
  metric: Metric;
  fingerprint: Fingerprint;
  runId: string;
  attempt: number;
  commit: string | null;
  /** ISO 8601. */
  recordedAt: string;
  /** The verdict of the run; absent in records that do not say. */
  verdict?: RunVerdict;
  /** Why a run that did not pass is a baseline all the same. */
  accepted?: Acceptance;
  /** The run's middle: all that compaction keeps of old records. */
  summary?: BaselineSummary;
  /** How much runs of this arm differ from each other, estimated from its history when it was chosen. */
  betweenRuns?: BetweenRuns;
  /** One value for each block. `ratio`: ln(treatment / control). `difference`: treatment − control, in ms or bytes. */
  blocks: { ratio: number[]; difference: number[] };
  /** The control's own cost in each block, in ms or bytes. */
  control: number[];
  /** The arm's own cost in each block, for attribution; absent in records of other programs. */
  treatment?: number[];
  /** Only of `cold_start`: milliseconds of each block from one start-up phase to the next, for attribution. */
  phases?: Partial<Record<StartPhase, number[]>>;
}

/** Bounds are two-sided 95 % ones; null where there are too few blocks for them. */
export interface BaselineSummary {
  blocks: number;
  /** Of ln(treatment / control); null where costs are not above zero. */
  ratio: Bounds | null;
  /** Of treatment − control, in ms or bytes. */
  difference: Bounds | null;
  /** Medians, in ms or bytes. */
  control: number;
  treatment: number | null;
}

export interface Acceptance {
  by: string;
  reason: string;
  /** ISO 8601. */
  at: string;
}

/** The reference of slow drift: a run that later runs are compared with, however much has been recorded since. */
export interface BaselinePin extends Acceptance {
  schema: 'isogate.pin/1';
  gate: string;
  runId: string;
  attempt: number;
  commit: string | null;
}

/** Standard deviation of a run's own middle around the true one, beyond what its blocks explain. */
export interface BetweenRuns {
  /** Number of runs. */
  runs: number;
  /** Of ln(treatment / control), of treatment − control in ms or bytes, and of ln(control). */
  ratio: number;
  difference: number;
  control: number;
}

/** One recorded run in the history of a series. Factors, as in `verdict.json`. */
export interface HistoryPoint {
  commit: string | null;
  /** ISO 8601. */
  recordedAt: string;
  runId: string;
  blocks: number;
  estimate: number;
  lower: number | null;
  upper: number | null;
  verdict: RunVerdict | null;
  mark: 'accepted' | 'pinned' | null;
  /** How the fingerprint differs from that of the point before (`kernel 6.1 → 6.12`); such points are not compared. */
  hostChange: string[];
  /** Where a step begins here: by what factor, and its p-value. */
  step: { factor: number; p: number } | null;
}

/** The overhead of one function under one isolation, oldest first. */
export interface HistorySeries {
  function: string;
  isolation: string;
  metric: Metric;
  points: HistoryPoint[];
  /** A steady rise at the end of the series. */
  drift: { from: string | null; to: string | null; runs: number; factor: number; p: number } | null;
}

export interface StoredBaselines {
  records: BaselineRecord[];
  pins: BaselinePin[];
  warnings: Warning[];
}

/** The store port: where baselines live between runs. */
export interface BaselineStore {
  /** For messages: `the branch isogate-baselines of origin`. */
  readonly place: string;
  /** Every readable record of one gate; unreadable ones are left out with a warning. @throws BadInputError */
  read(gate: string): Promise<StoredBaselines>;
  /**
   * Adds what is not there yet, and resolves when it is durable. Adding the same run twice adds nothing the second time.
   * @throws BadInputError
   */
  append(entries: Pick<StoredBaselines, 'records' | 'pins'>): Promise<{ added: number; known: number }>;
}
