/** The inputs of measuring one function, and the plan that its pilot makes. */

import type { MeasureConfig, Resources } from '../model/config.ts';
import type { FunctionImage } from '../model/image.ts';
import type { Isolation, StartContext } from '../model/isolation.ts';
import type { PilotRound } from '../model/pilot.ts';
import type { MeasuringProgress } from '../model/progress.ts';
import type { ArmRole, Revision } from '../model/samples.ts';
import type { SamplesWriter } from '../samples/samples-writer.ts';
import type { AnswerBook } from './answer-book.ts';
import type { SentBefore } from './event-feed.ts';
import type { InstancePlan } from './run-instance.ts';

export interface ArmPlan {
  isolation: Isolation;
  arm: ArmRole;
  revision: Revision;
  emulated: boolean;
  /**
   * An arm without a limit, which decides nothing: once the others are done, a few blocks with few invocations show that it
   * runs, and roughly what it costs.
   */
  orientation: boolean;
}

/** What the stopping rule says after a block. */
export interface StoppingDecision {
  /** Isolations that need no more blocks. The control may be among them: it still runs as long as another isolation is open. */
  drop: ReadonlySet<string>;
  /** Nothing needs more blocks. */
  isOver: boolean;
}

export interface FunctionMeasurement {
  function: string;
  /** The images of the revisions that have arms. */
  images: { head: FunctionImage; base: FunctionImage | null };
  /** The head's control first, then the A/A control and the base's control; the base of a treatment after its head. */
  arms: ArmPlan[];
  events: unknown[];
  /** What earlier attempts sent. */
  sentBefore: SentBefore;
  /** Looks at the answers of each revision, which may differ between revisions. */
  answers: Record<Revision, AnswerBook>;
  resources: Resources;
  measure: MeasureConfig;
  /** Invocations of the tail phase; 0 when no tail metric is wanted. */
  tail: number;
  /** Only cold starts decide something, so the pilot does not measure series of warm instances. */
  isColdOnly: boolean;
  /** Makes a context with an instance id of its own. */
  nextContext: (startTimeoutMs: number) => StartContext;
  seed: number;
  /** Attempts with the same seed have different orders. */
  attempt: number;
  writer: SamplesWriter;
  signal: AbortSignal;
  log: (line: string) => void;
  /** Blocks before the ranks can decide. */
  blocksNeeded: number;
  /**
   * By isolation, also the control's, after how many blocks its decisions can be expected, by what the pilot saw. An isolation
   * on which nothing is decided is not in it.
   */
  expectBlocks: () => (rounds: PilotRound[]) => ReadonlyMap<string, number>;
  /** Complete blocks of earlier attempts. */
  blocksBefore: number;
  /** Asked after every block, with the number of complete blocks including earlier attempts, and of those that time and horizon still allow. */
  onBlock: (completeBlocks: number, blocksLeft: number) => Promise<StoppingDecision>;
  /** Told what has changed. */
  onProgress: (change: Partial<MeasuringProgress>) => void;
}

/** Fixed before the first block. */
export interface FunctionPlan {
  instance: InstancePlan;
  /** The number of blocks to measure at the most, including those of earlier attempts. */
  blocks: number;
  /** So many blocks are measured after the target too, as far as the cap allows. */
  floor: number;
  /** Isolations whose blocks do not fit, with the time that a decision would take. They are not measured. */
  unfitMs: Record<string, number>;
  /** The isolation that takes part in every `stride`-th block only, until the others are done. */
  slow: { isolation: string; stride: number } | null;
}

/** The sampling time of a function: the target, and the cap for the blocks that its decisions need. */
export interface TimeLimits {
  timeMs: number;
  maxTimeMs: number;
  /** They are less than `measure` allows, because of the time that the whole run has. */
  isOfBudget?: boolean;
}

/** When the sampling time of a function is up, and when no block may be running any more, on the clock of `performance.now()`. */
export interface Deadlines {
  targetMs: number;
  capMs: number;
}
