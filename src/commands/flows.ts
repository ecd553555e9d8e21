import type { CleanOptions } from '../clean.ts';
import type { GateResult } from '../gate.ts';
import type { GateHereOptions } from '../gate-here.ts';
import type { ProbeHostOptions, probeHost } from '../probe-host.ts';
import type { RecordOptions } from '../record-baseline.ts';
import type { ReplayOptions } from '../replay.ts';

/** The flows that commands start. */
export interface Flows {
  gate: (options: GateHereOptions) => Promise<Pick<GateResult, 'verdict' | 'exitCode' | 'markdown' | 'outDir'>>;
  probe: (options: ProbeHostOptions) => ReturnType<typeof probeHost>;
  clean: (options: CleanOptions) => Promise<{ removed: string[]; alive: string[]; pending: string[] }>;
  replay: (files: string[], options: ReplayOptions) => Promise<number>;
  recordBaseline: (options: RecordOptions) => Promise<{ records: number }>;
}

/** Loaded when called: a command pays only for what it uses. */
export const realFlows: Flows = {
  gate: async (options) => (await import('../gate-here.ts')).gateHere(options),
  probe: async (options) => (await import('../probe-host.ts')).probeHost(options),
  clean: async (options) => (await import('../clean.ts')).clean(options),
  replay: async (files, options) => (await import('../replay.ts')).replay(files, options),
  recordBaseline: async (options) => (await import('../record-baseline.ts')).recordBaseline(options),
};
