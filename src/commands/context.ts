import type { PinOptions } from '../baseline/pin-baseline.ts';
import type { Shown, ShowOptions } from '../baseline/show-baseline.ts';
import type { GateResult } from '../gate/finish.ts';
import type { GateHereOptions } from '../gate/here.ts';
import type { ImportOptions } from '../gate/import-hyperfine.ts';
import type { Recorded, RecordRequest } from '../gate/record-baseline.ts';
import type { ExportFormat, ReplayOptions } from '../gate/replay.ts';
import type { Swept } from '../isolation/cleanup/sweep.ts';
import type { BaselinePin, BaselineStore } from '../model/baseline.ts';
import type { Env } from '../model/env.ts';
import type { probeHost } from '../probe/probe-host.ts';
import type { ProgressView } from '../progress/progress-view.ts';
import type { TerminalLook } from '../report/terminal/to-terminal.ts';

/** What commands have of the world outside, so that tests can run them without a process of their own. */
export interface CommandContext {
  /** Writes a result; the text as it stands. */
  out: (text: string) => void;
  /** Writes one line of progress or of an error. */
  log: (line: string) => void;
  /** How results are laid out. */
  look: TerminalLook;
  /** Shows progress from here on, until it is stopped; with `verbose` as a line for each block. */
  openView: (options: { verbose: boolean }) => ProgressView;
  env: NodeJS.ProcessEnv;
  isRoot: boolean;
  /** Holds the built agent and the language runtimes. */
  guestDir: string;
  flows: Flows;
  /** Set by the command. */
  exitCode: number;
}

/** The flows that commands start. */
export interface Flows {
  gate: (
    options: GateHereOptions,
    env: Env,
  ) => Promise<Pick<GateResult, 'verdict' | 'exitCode' | 'summary' | 'outDir'>>;
  probe: typeof probeHost;
  clean: (log: Env['log']) => Promise<Swept>;
  replay: (files: string[], options: ReplayOptions) => Promise<number>;
  recordBaseline: (store: string, request: RecordRequest, env: Env) => Promise<Recorded & { place: string }>;
  exportRun: (path: string, format: ExportFormat) => Promise<string>;
  importHyperfine: (options: ImportOptions) => Promise<number>;
  showBaseline: (store: string, options: Omit<ShowOptions, 'store'>, env: Env) => Promise<Shown>;
  pinBaseline: (store: string, options: Omit<PinOptions, 'store'>, env: Env) => Promise<BaselinePin>;
}

/** Loaded when they are called, so that a command pays only for what it uses. */
export const realFlows: Flows = {
  gate: async (options, env) => (await import('../gate/here.ts')).gateHere(options, env),
  probe: async (options, env) => (await import('../probe/probe-host.ts')).probeHost(options, env),
  clean: async (log) => (await import('../gate/clean.ts')).clean(log),
  replay: async (files, options) => (await import('../gate/replay.ts')).replay(files, options),
  recordBaseline: (name, request, env) =>
    inStore(name, env, async (store) => {
      const { recordBaseline } = await import('../gate/record-baseline.ts');
      return { ...(await recordBaseline(request, store, env.now())), place: store.place };
    }),
  exportRun: async (path, format) => (await import('../gate/replay.ts')).exportRun(path, format),
  importHyperfine: async (options) => (await import('../gate/import-hyperfine.ts')).importHyperfine(options),
  showBaseline: (name, options, env) =>
    inStore(name, env, async (store) =>
      (await import('../baseline/show-baseline.ts')).showBaseline({ ...options, store }),
    ),
  pinBaseline: (name, options, env) =>
    inStore(name, env, async (store) =>
      (await import('../baseline/pin-baseline.ts')).pinBaseline({ ...options, store }),
    ),
};

const inStore = async <T>(store: string, env: Env, use: (store: BaselineStore) => Promise<T>): Promise<T> =>
  (await import('../baseline/open-store.ts')).withStore(store, process.cwd(), env, use);
