/** The records of samples.jsonl (schema isogate.samples/1, one JSON object a line). Keys are those of the file. */

import type { BaselineRecord } from './baseline.ts';
import type { Waiver } from './config.ts';
import type { Evidence } from './isolation.ts';
import type { Limit, Metric, PhasesMs } from './metrics.ts';
import type { Fingerprint, HostFacts, ProbeResult } from './probe.ts';

export const INSTANCE_STATUSES = [
  'ok',
  'start-failed',
  'timeout',
  'crashed',
  'handler-error',
  'unexpected-answer',
  'evidence-mismatch',
] as const;

export type InstanceStatus = (typeof INSTANCE_STATUSES)[number];

/** Where a failed instance failed. `build`: the function's image could not be built, so that nothing was started. */
export const INSTANCE_PHASES = ['build', 'start', 'first-response', 'warm-up', 'invoke', 'evidence', 'stop'] as const;

/** `control`: the reference of the block. `twin`: the A/A control, a second instance of the control. `treatment`: what is compared with the control. */
export const ARM_ROLES = ['control', 'twin', 'treatment'] as const;

export type ArmRole = (typeof ARM_ROLES)[number];

export const REVISIONS = ['head', 'base'] as const;

export type Revision = (typeof REVISIONS)[number];

/** What is known of the host during an instance (docs/reference/samples.md, keys of `host`). */
export const HOST_KEYS = [
  'steal_share',
  'cpu_pressure_share',
  'memory_pressure_share',
  'io_pressure_share',
  'throttle_count',
  'frequency_share',
  'suspended_ms',
  'clock_set_ms',
] as const;

/** One instance of one arm. An arm is a function under an isolation at a revision. */
export interface InstanceRecord {
  type: 'instance';
  block: number;
  position: number;
  function: string;
  revision: Revision;
  isolation: string;
  arm: ArmRole;
  status: InstanceStatus;
  phase?: (typeof INSTANCE_PHASES)[number];
  error?: string;
  phases_ms: PhasesMs;
  /** Keys are `METRIC_ms`, `memory_bytes`, `throughput_per_s`, `failure_rate`; see docs/reference/samples.md. */
  metrics: Record<string, number>;
  repeat: number;
  warmup_ms: number[];
  latency_ms: number[];
  tail_ms?: number[];
  emulated?: boolean;
  /** The last bytes that the function wrote to stderr; only where the instance failed. */
  stderr?: string;
  evidence?: Evidence;
  host?: Record<string, number>;
  /** Absent in files of other programs, and where no call was made. */
  answers?: InstanceAnswers;
}

/** Which event each message of an instance had, in their order, and how it was answered. */
export interface InstanceAnswers {
  /** How many events the function has. */
  events: number;
  /** For each message the index of its event, from 0. */
  sent: number[];
  /**
   * The different answers: digests of their canonical JSON. Absent, as are the other keys, with `deterministic: false`. The
   * digest of a message with two calls that were answered differently stands for both.
   */
  digests?: string[];
  /** For each answered message the index of its answer in `digests`. */
  given?: number[];
  /** Index of the first message with two calls that were answered differently. */
  varied?: number;
  /** Of an event that was answered differently before: both answers, cut. */
  excerpts?: AnswerExcerpt[];
}

export interface AnswerExcerpt {
  /** Index of the event, and its file below the workspace. */
  event: number;
  file: string;
  digest: string;
  text: string;
}

export interface Looks {
  /** Numbers of complete blocks at which a decision may fall, ascending; the last is `max_blocks`. */
  schedule: number[];
  /**
   * Numbers of blocks at which what lies far from its limit may be decided before that; absent in files of versions without
   * such looks.
   */
  early?: number[];
  alphaFail: number;
  alphaPass: number;
  comparisons: DeclaredComparison[];
}

/**
 * `budget`: the overhead itself. `regression`: its growth over the base or the last stored baseline. `drift`: its growth
 * over the pinned reference.
 */
export type ComparisonKind = 'budget' | 'regression' | 'drift';

export interface DeclaredComparison {
  function: string;
  isolation: string;
  metric: Metric | 'control';
  kind: ComparisonKind;
  limit: Limit;
}

/** Where a workflow measured: a re-run, a merge and a publication take only samples of their own. */
export interface WorkflowRun {
  /** `OWNER/NAME`. */
  repository: string;
  run: number;
  attempt: number;
  /** Null for merge groups, and where no change is measured. */
  pullRequest: number | null;
  /** The branch that the change goes onto; null where no change is measured. */
  baseRef: string | null;
}

export interface SamplesHeader {
  type: 'header';
  schema: 'isogate.samples/1';
  runId: string;
  /** Names the key that the lines are sealed with; absent: they are not. */
  sealedBy?: string;
  /** Absent outside of a workflow. */
  workflow?: WorkflowRun;
  attempt: number;
  /** How many of the earlier attempts left no samples in this file; absent: none. */
  unseenAttempts?: number;
  gate: string;
  /** The commit under test; absent or null where it is unknown. */
  commit?: string | null;
  config: Record<string, unknown>;
  looks: Looks;
  /** For each function, isolation and metric the record that growth is measured against, or the nearest that cannot be compared. */
  baseline: BaselineRecord[];
  /** The same for drift, of the pinned reference; absent where nothing is pinned. */
  pinned?: BaselineRecord[];
  fingerprint: Fingerprint;
  seed: number;
  /** When the attempt started, in ISO 8601: whether a waiver has expired is decided by it. */
  startedAt?: string;
  /** The change under test, where there is one. */
  change?: ChangeUnderTest;
  /** The waivers of the deciding configuration, in force or expired. */
  waivers?: Waiver[];
  /** What is missing and should be there; absent where nothing is. */
  missing?: MissingReferences;
  /** What the probe found of each isolation; absent in files of other programs. */
  probe?: ProbeResult[];
  /**
   * What the measuring jobs knew, where another job decides: which functions each of them measured, and whether they had a
   * baseline. Early looks rest on the noise that was known then.
   */
  measured?: { parts: string[][]; hadBaseline: boolean };
  images?: Record<string, { digest: string; runtime: string; source?: string | undefined }>;
  host?: HostFacts;
}

/**
 * References of growth that are missing for a reason that the change under test may have brought about, each with the reason.
 * Growth that needs one is gated and not measured.
 */
export interface MissingReferences {
  /** The base revision of the change under test. */
  base?: string;
  /** The stored baselines: they could not be read, or are not believed. */
  baseline?: string;
}

/** Which revisions are compared, and how the base takes part for each function. */
export interface ChangeUnderTest {
  head: string | null;
  base: string;
  /** How the base was found: the first parent of GitHub's merge commit, the merge base, or as given. */
  basis: 'merge-parent' | 'merge-base' | 'given';
  /** By function. A function that is not in it has no base. */
  functions: Record<string, BaseOfFunction>;
}

/**
 * `beside`: the base's arms run in the same blocks. `same-image`: the base is not measured, because a change that leaves the
 * image as it was cannot have changed its costs. `not-built`, `not-running`: it could not be built, or no instance of it could be
 * started; the stored baseline takes the base's place.
 */
export type BaseOfFunction =
  | { state: 'beside'; digest: string }
  | { state: 'same-image'; digest: string }
  | UnusableBase;

export interface UnusableBase {
  state: 'not-built' | 'not-running';
  reason: string;
  /** It lies in the base itself: the head had no part in it, neither in this run nor by where it branched off. */
  own?: true;
}

/** What the pilot decided for one function of one attempt, written before its first block. */
export interface CalibrationRecord {
  type: 'calibration';
  function: string;
  repeat: number;
  warmup: number;
  invocations: number;
  /**
   * The horizon: number of blocks of the function, including earlier attempts, that `max_blocks` and the time allow. Looks
   * and the spending of alpha are planned for it.
   */
  blocks: number;
  /** Median round trip of an empty message, by isolation. */
  empty_ms: Record<string, number>;
  control_ms: number;
  /** Isolations whose fewest blocks do not fit into `measure.max_time`, with the time that they take. They get no blocks. */
  unfit_ms?: Record<string, number>;
  /** Those of them whose first instance was stopped, with the time after which. */
  stopped_ms?: Record<string, number>;
}

/** The arms that a block is to hold, written before its first instance. */
export interface BlockRecord {
  type: 'block';
  function: string;
  block: number;
  arms: { isolation: string; arm: ArmRole; revision: Revision }[];
  /** A block of arms without a limit, with controls of its own. It decides nothing, and counts for no look. */
  orientation?: true;
}

export interface LookRecord {
  type: 'look';
  function: string;
  n: number;
  alphaSpent: { fail: number; pass: number };
  /** Isolations that get no more blocks in this attempt. */
  dropped: string[];
  /** Those of them that are futile: undecided, and more blocks in the time left would not change that. */
  hopeless: string[];
}

/** What the time budget of the run left undecided in a function; it is not measured. Written before the end of its attempt. */
export interface CutOffRecord {
  type: 'cut-off';
  function: string;
  budget_ms: number;
  /** What deciding it would have taken at the least, as far as that was known. */
  needed_ms: number;
}

/** The last record of an attempt: records after it belong to a further attempt. */
export interface EndRecord {
  type: 'end';
  reason: 'decided' | 'undecidable' | 'cap' | 'time' | 'interrupted' | 'failed';
}

/** The plan of one function's blocks in one attempt. */
export interface AttemptPlan {
  /** As `CalibrationRecord.blocks`; null where the file does not say, and `max_blocks` counts. */
  horizon: number | null;
  /** Number of the first block of the next attempt; null in the last attempt. */
  until: number | null;
  /** Isolations that were found futile. */
  hopeless: string[];
  /** As `CalibrationRecord.unfit_ms`; absent: everything fits. */
  unfitMs?: Record<string, number>;
  /** As `CalibrationRecord.stopped_ms`. */
  stoppedMs?: Record<string, number>;
  /** As in `CutOffRecord`; absent: the budget was enough, or there was none. */
  cutOff?: { budgetMs: number; neededMs: number };
}

/** The content of a samples file. */
export interface Samples {
  header: SamplesHeader;
  instances: InstanceRecord[];
  /** How the last attempt ended; null where it did not. */
  end: EndRecord | null;
  /** What each block was to hold, for `completeBlocks`; absent in files that do not say. */
  blocks?: readonly BlockRecord[];
  /** By function the plans of its attempts in their order. A function that is not in it had one attempt and no plan. */
  plans?: ReadonlyMap<string, AttemptPlan[]>;
  /** How many torn lines, unknown lines and incomplete blocks were left out. */
  ignored: {
    tornLines: number;
    unknownLines: number;
    incompleteBlocks: number;
    /** By function; a function that is not in it has none. */
    incompleteByFunction?: ReadonlyMap<string, number>;
  };
}

/** What a decision reads of a samples file, function by function, so that not all instances are in memory at once. */
export interface SamplesByFunction extends Omit<Samples, 'instances' | 'blocks'> {
  /** Those that have instances, in the order of their first. */
  functions: readonly string[];
  /** In the order of the file. */
  instancesOf(name: string): InstanceRecord[];
  /** What each block of the function was to hold; empty in files that do not say. */
  blocksOf(name: string): readonly BlockRecord[];
  /** The isolations by which only complete blocks are in it; absent where incomplete ones may be. */
  completeFor?: ReadonlySet<string>;
}
