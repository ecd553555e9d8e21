import type { Modes } from '../model/verdict.ts';

/** One block of a comparison: both instances ended well and have a cost. */
export interface CheckedPair {
  /** Number of the block, ascending in time; none twice. */
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
  /** Names for messages. */
  arm: string;
  control: string;
  /** What ranks say, and the one-sided level at which they say it. */
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
  /** Limits are to be widened by this, both ways, on the scale on which is decided; 0 for none. */
  widening: number;
  /** Why the verdict is held back (inconclusive); null where it is not. */
  hold: string | null;
  modes?: Modes[];
}

/** Chance that a check of order or drift finds something in a whole run in which there is nothing, per check. */
export const ALPHA_CHECK = 0.01;
