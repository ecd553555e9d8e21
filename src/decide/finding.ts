import type { Modes } from '../model/verdict.ts';

/** One block of a comparison: both instances ended well and have a cost. */
export interface CheckedPair {
  /** Number of the block, ascending in time and unique. */
  block: number;
  /** On the scale on which is decided: ln(treatment ÷ control), or treatment − control in `unit`. */
  value: number;
  /** Costs in `unit`: more is worse. */
  control: number;
  treatment: number;
  /** Null where the order in the block is not known. */
  controlFirst: boolean | null;
  /** What disturbed the host during either instance, as `findDisturbances` says. */
  disturbedBy: string[];
}

export interface CheckInput {
  pairs: CheckedPair[];
  /** Distance of the limit from no difference, on the scale on which is decided; above zero. */
  allowance: number;
  scale: 'ratio' | 'difference';
  /** Of the costs. */
  unit: 'ms' | 'bytes';
  /** Names that messages use. */
  arm: string;
  control: string;
  /** The outcome by ranks, and the one-sided level at which they reach it. */
  outcome: 'fail' | 'pass' | 'open';
  alpha: number;
  /** On the scale on which is decided. */
  limit: number;
  /** Declared comparisons of the run: false alarms of a check are bounded over all of them. */
  familySize: number;
}

export interface Finding {
  code: 'order-interaction' | 'drift' | 'disturbed-host' | 'coarse-values' | 'bimodal';
  /** One sentence, without the function and the metric. */
  message: string;
  /** Limits are widened by this, both ways, on the scale on which is decided; 0 for none. */
  widening: number;
  /** Why the verdict is held back; null where it is not. */
  hold: string | null;
  modes?: Modes[];
}

/** Chance that the check of order, or that of drift, finds something in a whole run without any such effect. */
export const ALPHA_CHECK = 0.01;
