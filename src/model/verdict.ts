/** The records of verdict.json (schema isogate.verdict/1). */

import type { Waiver } from './config.ts';
import type { Bounds, Metric, RunVerdict } from './metrics.ts';
import type { ComparisonKind, Revision } from './samples.ts';
import type { Warning } from './warnings.ts';

/** One number of an arm, before and now, and whether it surely moved. Costs: more is worse. */
export interface Shift {
  /** `latency of gvisor`, `phase ready of gvisor`, `memory of gvisor`, `latency of the control native`. */
  what: string;
  before: number;
  now: number;
  unit: 'ms' | 'bytes';
  /** Hodges–Lehmann factor of now over before with two-sided 95 % bounds. */
  estimate: number;
  lower: number | null;
  upper: number | null;
  moved: 'up' | 'down' | null;
}

/** Why an overhead grew, from the same data that shows that it did. */
export interface Attribution {
  cause: 'treatment-slower' | 'control-faster' | 'both' | 'conditions' | 'unclear';
  /** One sentence. */
  summary: string;
  shifts: Shift[];
  /** What of runtime, kernel and host differs, `kernel 6.1 → 6.12`. */
  conditions: string[];
}

/** One of the two levels between which an arm's instances jump. In the metric's unit. */
export interface Modes {
  arm: string;
  low: number;
  high: number;
  /** Share of instances at the high one, 0 to 1. */
  highShare: number;
  unit: 'ms' | 'bytes';
}

export type HeldBy =
  | 'budget-met-by-slower-control'
  | 'noisier-than-base'
  | 'noisier-than-baseline'
  | 'noisier-than-control';

/**
 * Why a comparison decides nothing. The list is closed: each of these is so whatever the change under test does. Whatever else
 * prevents a decision is gated, and the run is then not measured.
 * `not-required`: the isolation cannot run here, and the deciding configuration says `required: false`.
 * `emulated`: in software, which the deciding configuration allows.
 * `no-change`: growth over a base, in a run that judges no change.
 * `first-run`: nothing of this is recorded yet.
 * `fingerprint`: what is recorded was measured on another kind of machine.
 * `base-broken`: the base's own function could not be built or started, before anything of the head had run.
 */
export type UngatedCause = 'not-required' | 'emulated' | 'no-change' | 'first-run' | 'fingerprint' | 'base-broken';

/** Whether something counts for the verdict of the run; where it does not, always with the cause. */
export type Gating = { gated: true; cause?: never } | { gated: false; cause: UngatedCause };

export type ComparisonVerdict = ComparisonResult & Gating;

export interface ComparisonResult {
  function: string;
  isolation: string;
  metric: Metric | 'control';
  kind: ComparisonKind;
  scale: 'ratio' | 'difference';
  /** `x` for ratios, `ms` or `bytes` for differences. */
  unit: 'x' | 'ms' | 'bytes';
  /** Null where nothing, or too little, was measured. */
  estimate: number | null;
  lower: number | null;
  upper: number | null;
  limit: number;
  confidence: number;
  verdict: RunVerdict;
  blocks: number;
  /** Smallest excess over the limit that this run could have proven: 0.021 is 2.1 % for ratios, else in `unit`. */
  smallestProvable: number | null;
  emulated: boolean;
  reason: string;
  /**
   * Why a comparison that its blocks did not fail is `not-measured` all the same: a pass that rests on a slower control, or noise
   * that may hide a broken limit. Also the code of the warning that tells it.
   */
  heldBy?: HeldBy;
  /** Code of the warning that says why it could not be decided, as `no-baseline`; only where it could not. */
  obstacle?: string;
  /**
   * Sequential p-value of an excess over the limit: the smallest level at which one of the looks proves it by itself, the
   * family left aside; rounded up to 1, 2 or 5 of its decade. Only where there were looks and it is at most 0.5.
   */
  p?: number;
  /**
   * Decided at an early look, by this test. `unimodal` takes the noise of blocks to be symmetric with one peak, and at least
   * as large as that of the A/A control and of the same isolation elsewhere; `each`, in addition, at most twice as large, and
   * every block is at least three times its limit; `ratio` takes the mean ratio and not the typical one.
   */
  early?: 'unimodal' | 'each' | 'ratio';
  /** Independent blocks that serially correlated ones are worth; only where they are fewer. */
  effectiveBlocks?: number;
  /** Inconclusive only: blocks that would probably settle it; null where no reasonable number would. */
  blocksToSettle?: number | null;
  attribution?: Attribution;
  modes?: Modes[];
  /** Growth only: what it was measured against. */
  against?: Against;
  /** Budgets of functions whose base ran beside the head: the same budget on the base. */
  onBase?: OnBase;
  /** In force for this comparison; `configured` is the limit that it replaces, as its owner wrote it. */
  waiver?: Pick<Waiver, 'reason' | 'owner' | 'expires'> & { configured: string };
}

/** `base`: in the same blocks. `same-image`: not measured, there is nothing that could have grown. */
export interface Against {
  source: 'base' | 'same-image' | 'stored' | 'pinned';
  commit: string | null;
  /** Of stored records. */
  recordedAt?: string;
  /** Why it is not the base beside the head, where there is one. */
  reason?: string;
}

/** A budget held against the base revision's own overhead, in the same blocks. On the comparison's scale. */
export interface OnBase extends Bounds {
  verdict: RunVerdict;
  /** The head's overhead over the base's: a factor or a difference. */
  growth: Bounds;
  /** The base breaks it, and that the change made it worse is not shown: nothing to hold against the change. */
  isInherited: boolean;
  /** So it is, and the configuration does not ask for more: a fail that does not fail the run. */
  isExcused: boolean;
}

export interface NoiseEstimate {
  estimate: number;
  lower: number;
  upper: number;
}

export interface VerdictDocument {
  schema: 'isogate.verdict/1';
  verdict: RunVerdict;
  gate: string;
  comparisons: ComparisonVerdict[];
  /** By function, then metric, always on the ratio scale. */
  noise: {
    twin: Partial<Record<Metric, NoiseEstimate>>;
    byFunction: Record<string, Partial<Record<Metric, NoiseEstimate>>>;
  };
  warnings: Warning[];
  /** By function: how many of its events it was called with. Functions are missing whose samples do not say. */
  events?: Record<string, EventsUsed>;
  /** Answers that differ although the functions are to be deterministic. */
  answers?: AnswerDifference[];
}

export interface EventsUsed {
  used: number;
  of: number;
}

/** How the answers of one function differ, with the two of one call as an example. */
export interface AnswerDifference {
  /**
   * `answers-differ`: an isolation does not answer as the control does. `answers-vary`: the control does not answer as the A/A
   * control does. `answers-vary-by-call`: only the calls of one instance differ, alike in all arms; nothing is held back.
   */
  code: 'answers-differ' | 'answers-vary' | 'answers-vary-by-call';
  function: string;
  revision: Revision;
  isolation: string;
  /** Number of events that were answered differently. */
  events: number;
  /** The example's event; empty where the function has one event without a file. */
  file: string;
  /** The example: cut texts, or digests of answers whose text is not known. */
  answers: { isolation: string; text: string }[];
}
