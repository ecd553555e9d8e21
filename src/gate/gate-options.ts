import type { Revisions } from '../git/open-revisions.ts';
import type { GitRemote } from '../model/git.ts';
import type { Samples } from '../model/samples.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import type { Warning } from '../model/warnings.ts';
import type { Place } from '../report/document.ts';
import type { ConfigSource } from './config.ts';
import type { WrittenReport } from './write-report.ts';

export interface GateOptions extends ConfigSource {
  outDir: string;
  /** Store of baselines: `git`, `git:BRANCH` or a directory; null for none. */
  baseline: string | null;
  /** Null or absent: the checkout's own remote. */
  remote?: GitRemote | null;
  /** The commit under test and its base, where these are known; opened and closed by the caller. */
  revisions?: Revisions | null;
  /** Samples of an earlier attempt that this one carries on; may be those in `outDir`. Null or absent: a first attempt. */
  continueFrom?: string | null;
  /** Null: the earlier attempt's, or a random one, which the report names. */
  seed: number | null;
  /** Bounds probe, builds and measuring together; not the wait for the host's lock. */
  timeBudgetMs: number | null;
  cacheDir: string;
  guestDir: string;
  log: (line: string) => void;
  /** Of the same workflow run; 1 where it is left out, one more than the earlier one's where that is carried on. */
  attempt?: number;
  /** The options as the user gave them, where these differ: for the report. */
  place?: Place;
  /** Known before the run, for the report. */
  warnings?: Warning[];
  /** Aborted: the run stops at once and decides on what it has. */
  signal: AbortSignal;
}

export interface GateResult extends WrittenReport {
  verdict: VerdictDocument;
  samples: Samples;
  exitCode: number;
  outDir: string;
}
