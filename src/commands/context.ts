import type { Flows } from './flows.ts';

/** What commands have of the world outside: so that they can be run without a process of their own. */
export interface CommandContext {
  /** Writes a result; text as it stands. */
  out: (text: string) => void;
  /** Writes a line of progress or complaint. */
  log: (line: string) => void;
  env: NodeJS.ProcessEnv;
  isRoot: boolean;
  /** Directory of the built agent and language runtimes. */
  guestDir: string;
  flows: Flows;
  /** The exit code; commands set it. */
  exitCode: number;
}
