import type { Instance, Isolation } from '../../src/model/isolation.ts';

/** What every arm is invoked with. */
export interface WorkEvent {
  work: number;
  /** Busy milliseconds before the work. */
  coldExtraMs: number;
}

/** Resolved: what is added to each event, and to the first one of an instance. */
export interface Slowdown {
  workFactor: number;
  coldExtraMs: number;
}

export const slowEvent = (event: WorkEvent, { workFactor, coldExtraMs }: Slowdown, isFirst: boolean): WorkEvent => ({
  work: Math.round(event.work * workFactor),
  coldExtraMs: isFirst ? coldExtraMs : event.coldExtraMs,
});

/** The same isolation with instances that are asked for more work than the caller knows of. */
export const slowIsolation = (isolation: Isolation, slowdown: Slowdown): Isolation => ({
  config: isolation.config,
  probe: () => isolation.probe(),
  ...(isolation.prepare && {
    prepare: async (...args: Parameters<NonNullable<Isolation['prepare']>>) => isolation.prepare?.(...args),
  }),
  start: async (...args) => slowInstance(await isolation.start(...args), slowdown),
});

const slowInstance = (instance: Instance, slowdown: Slowdown): Instance => {
  let isFirst = true;
  return {
    get phasesMs() {
      return instance.phasesMs;
    },
    invoke(event, repeat, timeoutMs) {
      const slowed = slowEvent(event as WorkEvent, slowdown, isFirst);
      isFirst = false;
      return instance.invoke(slowed, repeat, timeoutMs);
    },
    usage: () => instance.usage(),
    watchMemory: () => instance.watchMemory(),
    evidence: () => instance.evidence(),
    stderrTail: () => instance.stderrTail(),
    stop: () => instance.stop(),
  };
};
