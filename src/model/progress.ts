import type { EndRecord, Samples } from './samples.ts';
import type { ComparisonVerdict, VerdictDocument } from './verdict.ts';

/** What measuring itself knows of how far one function is. */
export interface MeasuringProgress {
  /** `pilot`: before the first block. `orientation`: short blocks of isolations that decide nothing, after all functions are done. */
  stage: 'pilot' | 'blocks' | 'orientation';
  /** Complete blocks that decide, with those of earlier attempts. */
  blocks: number;
  /** Null until the pilot has planned them. */
  mostBlocks: number | null;
  /** Until the end of the sampling time, or of the blocks that are measured in any case; null where it is not known. */
  leftMs: number | null;
  /** The isolation whose instance runs. */
  running: string | null;
}

/** Whether an isolation of a function needs more blocks. */
export interface IsolationProgress {
  isolation: string;
  state: 'open' | 'decided' | 'futile';
  /** After so many blocks it needed no more; null while it is open. */
  blocks: number | null;
}

/** How far one function is: what is shown while a run goes on. */
export interface FunctionProgress extends Omit<MeasuringProgress, 'stage'> {
  function: string;
  /** From 1. */
  place: number;
  of: number;
  stage: MeasuringProgress['stage'] | 'done';
  /** Since its measurement began. */
  tookMs: number;
  /** Why it is done; null before, and while isolations without a limit are measured. */
  reason: EndRecord['reason'] | null;
  /** Those of which something is to be decided, in the configuration's order. */
  isolations: IsolationProgress[];
  /** The open comparison that is furthest from a decision, by its interval against its limit. Computed when it is called. */
  findWidest: () => ComparisonVerdict | null;
  /** What is decided of the run until now. Computed when it is called, which takes long. */
  decideNow: () => { verdict: VerdictDocument; samples: Samples };
}
