import type { FunctionProgress } from '../model/progress.ts';

/** Where a run's lines go while it lasts. */
export interface ProgressView {
  /** A line that stays. */
  log: (line: string) => void;
  progress: (state: FunctionProgress) => void;
  /** Nothing is shown by itself any more; `log` goes on. May be called twice. */
  stop: () => void;
}
