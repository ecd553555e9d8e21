import type { FunctionProgress } from './progress.ts';

/** What every step of a flow needs of the process that runs it: one record, passed on as it is. */
export interface Env {
  /** Writes one line of progress. */
  log: (line: string) => void;
  /** Told how far a function is, whenever that changes; absent where nobody looks. */
  progress?: (state: FunctionProgress) => void;
  /** Once it is aborted, whatever runs ends at once with the signal's reason. */
  signal: AbortSignal;
  /** Keeps images, guest kernels, proofs and git's work between runs. */
  cacheDir: string;
  /** Holds the built agent and the language runtimes. */
  guestDir: string;
  /** The wall clock, for dates in records; durations are taken from `performance.now()`. */
  now: () => Date;
}
