/** What a measurement of one function is given, and what its pilot makes of it. */

import type { MeasureConfig, Resources } from '../model/config.ts';
import type { FunctionImage } from '../model/image.ts';
import type { Isolation, StartContext } from '../model/isolation.ts';
import type { ArmRole, Revision } from '../model/samples.ts';
import type { SamplesWriter } from '../samples/samples-writer.ts';
import type { InstancePlan } from './run-instance.ts';

export interface ArmPlan {
  isolation: Isolation;
  arm: ArmRole;
  revision: Revision;
  emulated: boolean;
  /** Decides nothing: a few blocks with few invocations show that it runs and about how it does. */
  orientation: boolean;
  /** Of such an arm: about what an instance takes, by the probe's own start of it. */
  orientationMs?: number;
}

/** What a block made of the rest of the measurement. */
export interface StoppingDecision {
  /** Isolations that need no more blocks. The control among them: it is needed only as long as another is open. */
  drop: ReadonlySet<string>;
  /** Nothing needs more blocks. */
  isOver: boolean;
}

export interface FunctionMeasurement {
  function: string;
  /** Of each revision that has arms. */
  images: { head: FunctionImage; base: FunctionImage | null };
  /** The head's control first, then its twin and the base's control; a treatment's base after its head. */
  arms: ArmPlan[];
  events: unknown[];
  resources: Resources;
  measure: MeasureConfig;
  /** Invocations of the tail phase, 0 when no tail metric is wanted. */
  tail: number;
  /** Only cold starts decide something: what a warm instance does is of no matter, and gets no pilot. */
  isColdOnly: boolean;
  /** A context with an instance id of its own. */
  nextContext: (startTimeoutMs: number) => StartContext;
  seed: number;
  /** No two attempts of one seed have the same orders. */
  attempt: number;
  writer: SamplesWriter;
  signal: AbortSignal;
  log: (line: string) => void;
  /** Blocks before a first decision can fall. */
  blocksNeeded: number;
  /** Complete blocks of earlier attempts. */
  blocksBefore: number;
  /** After every block, with those of earlier attempts, and how many more the time and the horizon allow. */
  onBlock: (completeBlocks: number, blocksLeft: number) => Promise<StoppingDecision>;
}

/** Frozen before the first block. */
export interface FunctionPlan {
  instance: InstancePlan;
  /** Last block, those of earlier attempts among them. */
  blocks: number;
  /** The isolation that takes part in every `stride`-th block only, until the others are done. */
  slow: { isolation: string; stride: number } | null;
}
