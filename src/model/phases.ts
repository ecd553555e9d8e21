/** Milliseconds since `start` was called, on the host's monotonic clock; null where an adapter has no such event. */
export interface PhasesMs {
  /** The first process made for the instance: the runtime's client, or the VMM. Not in older and foreign samples. */
  spawned?: number | null;
  created: number | null;
  booted: number | null;
  ready: number | null;
  first_response: number | null;
}

export type StartPhase = keyof PhasesMs;
