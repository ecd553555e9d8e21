/** Least value at which a sample of the host counts as disturbed, and what to call it. Shares are of the instance's time. */
const THRESHOLDS: Record<string, { from: number; name: string }> = {
  // Summed over CPUs, in ticks of 10 ms: an instance of 130 ms shows 0.08 for one tick. A quarter of one CPU is felt.
  steal_share: { from: 0.25, name: 'CPU time stolen by the hypervisor' },
  // The instance's own threads count: on a quiet host of two CPUs native has 0.01, runc 0.13, gVisor 0.36 (0.4 at most);
  // with two busy loops on each CPU all have 1.
  cpu_pressure_share: { from: 0.9, name: 'CPU pressure' },
  // An instance that fits its limit never waits for memory; a host that swaps or reclaims makes everything wait.
  memory_pressure_share: { from: 0.1, name: 'memory pressure' },
  // Files are read before each start, but engines and VMMs write a little of their own; a cold cache reads much.
  io_pressure_share: { from: 0.5, name: 'I/O pressure' },
  // The counter of events in which a core was too hot: healthy hosts have none.
  throttle_count: { from: 1, name: 'thermal throttling' },
};

/** Below this a core is slowed down; base clocks of server CPUs lie at 0.5 to 0.7 of their highest. */
const SLOW_FREQUENCY_SHARE = 0.4;

/** What disturbed an instance, by `InstanceRecord.host`; a key that is absent disturbs nothing. */
export const disturbancesOf = (host: Record<string, number> | undefined): string[] => {
  if (host === undefined) return [];
  const names = Object.entries(THRESHOLDS)
    .filter(([key, { from }]) => (host[key] ?? 0) >= from)
    .map(([, { name }]) => name);
  return (host['frequency_share'] ?? 1) < SLOW_FREQUENCY_SHARE ? [...names, 'a low clock frequency'] : names;
};

/** Was the host busy with other things, or slowed down, while this instance ran? */
export const isDisturbed = (host: Record<string, number> | undefined): boolean => disturbancesOf(host).length > 0;
