import type { CleanOptions } from '../clean.ts';
import type { ExportFormat } from '../export-run.ts';
import type { GateResult } from '../gate.ts';
import type { GateHereOptions } from '../gate-here.ts';
import type { ImportOptions } from '../import-hyperfine.ts';
import type { PinOptions } from '../pin-baseline.ts';
import type { ProbeHostOptions, probeHost } from '../probe-host.ts';
import type { Recorded, RecordOptions } from '../record-baseline.ts';
import type { ReplayOptions } from '../replay.ts';
import type { Shown, ShowOptions } from '../show-baseline.ts';
import type { BaselinePin } from '../types.ts';
import type { StorePlace } from '../with-store.ts';

export type { StorePlace };

/** The flows that commands start. */
export interface Flows {
  gate: (options: GateHereOptions) => Promise<Pick<GateResult, 'verdict' | 'exitCode' | 'markdown' | 'outDir'>>;
  probe: (options: ProbeHostOptions) => ReturnType<typeof probeHost>;
  clean: (options: CleanOptions) => Promise<{ removed: string[]; alive: string[]; pending: string[] }>;
  replay: (files: string[], options: ReplayOptions) => Promise<number>;
  recordBaseline: (place: StorePlace, options: Omit<RecordOptions, 'store'>) => Promise<Recorded & { place: string }>;
  exportRun: (path: string, format: ExportFormat) => Promise<string>;
  importHyperfine: (options: ImportOptions) => Promise<number>;
  showBaseline: (place: StorePlace, options: Omit<ShowOptions, 'store'>) => Promise<Shown>;
  pinBaseline: (place: StorePlace, options: Omit<PinOptions, 'store'>) => Promise<BaselinePin>;
}

/** Loaded when called: a command pays only for what it uses. */
export const realFlows: Flows = {
  gate: async (options) => (await import('../gate-here.ts')).gateHere(options),
  probe: async (options) => (await import('../probe-host.ts')).probeHost(options),
  clean: async (options) => (await import('../clean.ts')).clean(options),
  replay: async (files, options) => (await import('../replay.ts')).replay(files, options),
  recordBaseline: async (place, options) => {
    const { recordBaseline } = await import('../record-baseline.ts');
    const { withStore } = await import('../with-store.ts');
    return withStore(place, async (store) => ({
      ...(await recordBaseline({ ...options, store })),
      place: store.place,
    }));
  },
  exportRun: async (path, format) => (await import('../export-run.ts')).exportRun(path, format),
  importHyperfine: async (options) => (await import('../import-hyperfine.ts')).importHyperfine(options),
  showBaseline: async (place, options) => {
    const { showBaseline } = await import('../show-baseline.ts');
    const { withStore } = await import('../with-store.ts');
    return withStore(place, (store) => showBaseline({ ...options, store }));
  },
  pinBaseline: async (place, options) => {
    const { pinBaseline } = await import('../pin-baseline.ts');
    const { withStore } = await import('../with-store.ts');
    return withStore(place, (store) => pinBaseline({ ...options, store }));
  },
};
