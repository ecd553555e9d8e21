import type { PinOptions } from '../baseline/pin-baseline.ts';
import type { Shown, ShowOptions } from '../baseline/show-baseline.ts';
import type { StorePlace } from '../baseline/with-store.ts';
import type { CleanOptions } from '../gate/clean.ts';
import type { ExportFormat } from '../gate/export-run.ts';
import type { GateResult } from '../gate/gate-options.ts';
import type { GateHereOptions } from '../gate/here.ts';
import type { ImportOptions } from '../gate/import-hyperfine.ts';
import type { Recorded, RecordOptions } from '../gate/record-baseline.ts';
import type { ReplayOptions } from '../gate/replay.ts';
import type { BaselinePin } from '../model/baseline.ts';
import type { ProbeHostOptions, probeHost } from '../probe/probe-host.ts';

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
  gate: async (options) => (await import('../gate/here.ts')).gateHere(options),
  probe: async (options) => (await import('../probe/probe-host.ts')).probeHost(options),
  clean: async (options) => (await import('../gate/clean.ts')).clean(options),
  replay: async (files, options) => (await import('../gate/replay.ts')).replay(files, options),
  recordBaseline: async (place, options) => {
    const { recordBaseline } = await import('../gate/record-baseline.ts');
    const { withStore } = await import('../baseline/with-store.ts');
    return withStore(place, async (store) => ({
      ...(await recordBaseline({ ...options, store })),
      place: store.place,
    }));
  },
  exportRun: async (path, format) => (await import('../gate/export-run.ts')).exportRun(path, format),
  importHyperfine: async (options) => (await import('../gate/import-hyperfine.ts')).importHyperfine(options),
  showBaseline: async (place, options) => {
    const { showBaseline } = await import('../baseline/show-baseline.ts');
    const { withStore } = await import('../baseline/with-store.ts');
    return withStore(place, (store) => showBaseline({ ...options, store }));
  },
  pinBaseline: async (place, options) => {
    const { pinBaseline } = await import('../baseline/pin-baseline.ts');
    const { withStore } = await import('../baseline/with-store.ts');
    return withStore(place, (store) => pinBaseline({ ...options, store }));
  },
};
