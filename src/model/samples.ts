/** The records of samples.jsonl (schema isogate.samples/1, one JSON object a line). Names with underscores are those of the file. */

import type { BaselineRecord } from './baseline.ts';
import type { Waiver } from './config.ts';
import type { Evidence } from './isolation.ts';
import type { Limit, Metric } from './metrics.ts';
import type { PhasesMs } from './phases.ts';
import type { Fingerprint, HostFacts, ProbeResult } from './probe.ts';

export type InstanceStatus = 'ok' | 'start-failed' | 'timeout' | 'crashed' | 'handler-error' | 'evidence-mismatch';

export type ArmRole = 'control' | 'twin' | 'treatment';

export type Revision = 'head' | 'base';

export interface InstanceRecord {
  type: 'instance';
  block: number;
  position: number;
  function: string;
  revision: Revision;
  isolation: string;
  arm: ArmRole;
  status: InstanceStatus;
  phase?: 'start' | 'first-response' | 'warm-up' | 'invoke' | 'evidence' | 'stop';
  error?: string;
  phases_ms: PhasesMs;
  /** Keys are `METRIC_ms`, `memory_bytes`, `throughput_per_s`, `failure_rate`; see docs/reference/samples.md. */
  metrics: Record<string, number>;
  repeat: number;
  warmup_ms: number[];
  latency_ms: number[];
  tail_ms?: number[];
  emulated?: boolean;
  /** Last bytes that the function wrote to stderr, only where the instance failed. */
  stderr?: string;
  evidence?: Evidence;
  host?: Record<string, number>;
}

export interface Looks {
  /** Numbers of complete blocks at which a decision may fall, ascending; the last is `max_blocks`. */
  schedule: number[];
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

export interface SamplesHeader {
  type: 'header';
  schema: 'isogate.samples/1';
  runId: string;
  attempt: number;
  /** Of these the attempts whose samples this file does not carry on; absent: none. */
  unseenAttempts?: number;
  shard: { index: number; count: number };
  gate: string;
  /** The commit under test; absent or null where it is not known. */
  commit?: string | null;
  config: Record<string, unknown>;
  looks: Looks;
  /** Of each function, isolation and metric the one record that growth is measured against, or what comes nearest to it. */
  baseline: BaselineRecord[];
  /** The same of the pinned reference, for drift; absent where nothing is pinned. */
  pinned?: BaselineRecord[];
  fingerprint: Fingerprint;
  seed: number;
  /** ISO 8601, of the attempt's start: what expires is held against it. */
  startedAt?: string;
  /** The change under test, where there is one. */
  change?: ChangeUnderTest;
  /** Those of the configuration that decides, in force or expired. */
  waivers?: Waiver[];
  /** What each isolation was found to be; absent in foreign files. */
  probe?: ProbeResult[];
  images?: Record<string, { digest: string; runtime: string; source?: string | undefined }>;
  host?: HostFacts;
}

/** Which revisions are compared, and for each function how the base takes part. */
export interface ChangeUnderTest {
  head: string | null;
  base: string;
  /** How the base was found: the first parent of GitHub's merge commit, the merge base, or as given. */
  basis: 'merge-parent' | 'merge-base' | 'given';
  /** By function; one that is not in it has no base. */
  functions: Record<string, BaseOfFunction>;
}

/**
 * `beside`: its arms run in the same blocks. `same-image`: not measured, the change cannot have moved it. `not-built`: the
 * stored baseline takes its place.
 */
export type BaseOfFunction =
  | { state: 'beside'; digest: string }
  | { state: 'same-image'; digest: string }
  | { state: 'not-built'; reason: string };

/** What the pilot found and froze for one function of one attempt, before its first block. */
export interface CalibrationRecord {
  type: 'calibration';
  function: string;
  repeat: number;
  warmup: number;
  invocations: number;
  /**
   * The last look: blocks of the function, those of earlier attempts among them, that `max_blocks` and the time allow.
   * Looks and spending are planned for it.
   */
  blocks: number;
  /** Median empty round trip by isolation. */
  empty_ms: Record<string, number>;
  control_ms: number;
}

/** What a block is to hold, written before its first instance: an arm that is not in it is not missing. */
export interface BlockRecord {
  type: 'block';
  function: string;
  block: number;
  arms: { isolation: string; arm: ArmRole; revision: Revision }[];
}

export interface LookRecord {
  type: 'look';
  function: string;
  n: number;
  alphaSpent: { fail: number; pass: number };
  /** Isolations that get no more blocks in this attempt. */
  dropped: string[];
  /** Those of them that are undecided, and would be in the time left as well. */
  hopeless: string[];
}

/** One an attempt: instances after it are a further attempt's. */
export interface EndRecord {
  type: 'end';
  reason: 'decided' | 'undecidable' | 'cap' | 'time' | 'interrupted' | 'failed';
}

/** What is known of one function's blocks in one attempt. */
export interface AttemptPlan {
  /** As `CalibrationRecord.blocks`; null where the file does not say: `max_blocks`. */
  horizon: number | null;
  /** Number of the first block that is a later attempt's; null in the last attempt. */
  until: number | null;
  hopeless: string[];
}

/** What `readSamples` makes of a file. */
export interface Samples {
  header: SamplesHeader;
  instances: InstanceRecord[];
  /** Of the last attempt. */
  end: EndRecord | null;
  /** What blocks were to hold; absent in files that do not say. `completeBlocks` asks for them. */
  blocks?: readonly BlockRecord[];
  /** By function, one an attempt, in their order; a function that is not in it had one attempt and no plan. */
  plans?: ReadonlyMap<string, AttemptPlan[]>;
  /** Torn or unknown lines and incomplete blocks that were left out. */
  ignored: {
    tornLines: number;
    unknownLines: number;
    incompleteBlocks: number;
    /** The same by function; those that are not in it have none. */
    incompleteByFunction?: ReadonlyMap<string, number>;
  };
}
