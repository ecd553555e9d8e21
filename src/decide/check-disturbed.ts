import { center, Sample } from 'pragmastat';
import type { CheckedPair, CheckInput, Finding } from './finding.ts';

/** Least value at which a sample of the host counts as disturbed, and what to call it. Shares are of the instance's time. */
const THRESHOLDS: Record<string, { from: number; name: string }> = {
  // Measured time stands still meanwhile, but caches and devices are not what they were.
  suspended_ms: { from: 1, name: 'a suspended machine' },
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

const THRESHOLD_ENTRIES = Object.entries(THRESHOLDS);

/** Below this a core is slowed down; base clocks of server CPUs lie at 0.5 to 0.7 of their highest. */
const SLOW_FREQUENCY_SHARE = 0.4;

/** What disturbed an instance, by `InstanceRecord.host`; an absent key counts as no disturbance. */
export const findDisturbances = (host: Record<string, number> | undefined): string[] => {
  if (host === undefined) return [];
  const names = THRESHOLD_ENTRIES.filter(([key, { from }]) => (host[key] ?? 0) >= from).map(([, { name }]) => name);
  return (host['frequency_share'] ?? 1) < SLOW_FREQUENCY_SHARE ? [...names, 'a low clock frequency'] : names;
};

/** `CPU pressure in 5, thermal throttling in 2`, the most frequent first. */
const countCauses = (pairs: CheckedPair[]): string => {
  const counts = new Map<string, number>();
  for (const name of pairs.flatMap((pair) => [...new Set(pair.disturbedBy)]))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} in ${count}`)
    .join(', ');
};

/** Of so many blocks it is told where nothing is decided, because it is the likely reason. */
const TOLD_SHARE = 0.25;

/**
 * No block is left out because the host was busy, since both arms of a block suffer. But the verdict is held back where it
 * rests on the disturbed blocks: where the estimate of the others (Hodges–Lehmann) is on the other side of the limit. Where
 * most blocks are disturbed, too few others are left to compare with, and the finding is only a warning.
 */
export const checkDisturbed = ({ pairs, outcome, limit }: CheckInput): Finding | null => {
  const disturbed = pairs.filter((pair) => pair.disturbedBy.length > 0);
  if (disturbed.length === 0) return null;
  const what = `the host was disturbed in ${disturbed.length} of ${pairs.length} blocks (${countCauses(disturbed)})`;
  const finding = { code: 'disturbed-host', message: what, widening: 0, hold: null } as const;
  if (disturbed.length > pairs.length / 2) return finding;
  const rest = center(Sample.of(pairs.filter((pair) => pair.disturbedBy.length === 0).map((pair) => pair.value))).value;
  const turns = outcome === 'fail' ? rest < limit : outcome === 'pass' && rest > limit;
  if (turns) return { ...finding, hold: `${what}, and without them the estimate is on the other side of the limit` };
  return outcome === 'open' && disturbed.length >= TOLD_SHARE * pairs.length ? finding : null;
};
