import type { Github } from '../github/open-github.ts';
import type { EventContext } from '../github/read-event.ts';
import type { ActionCheck } from './check.ts';
import type { ActionInputs } from './inputs.ts';

/** What every mode is given. */
export interface ActionJob {
  context: EventContext;
  inputs: ActionInputs;
  token: string;
  /** Null without a token. */
  github: Github | null;
  /** False: comment and check are another job's. */
  publishes: boolean;
  check: ActionCheck;
  /** Directory of the built files, which holds the guests' agent and runtimes. */
  distDir: string;
  cacheDir: string;
  log: (line: string) => void;
  /** A cancelled job: what runs ends at once. */
  signal: AbortSignal;
}
