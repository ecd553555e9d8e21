/** What happened to the machine's clocks while instances ran: suspended, or set. */

import { formatDuration } from '../lib/format.ts';
import type { InstanceRecord } from '../model/samples.ts';
import type { Warning } from '../model/warnings.ts';

type ClockKey = 'suspended_ms' | 'clock_set_ms';

/** What one function's instances show of one clock. */
export interface SeenClocks {
  function: string;
  key: ClockKey;
  blocks: number;
  touched: number;
  /** Of each instance with a jump. */
  jumpsMs: number[];
}

/** @param instances of one function; nothing is seen where no clock jumped */
export const seeClocks = (instances: InstanceRecord[]): SeenClocks[] =>
  (['suspended_ms', 'clock_set_ms'] as const).flatMap((key) => {
    const jumped = instances.filter(({ host }) => (host?.[key] ?? 0) !== 0);
    const [first] = jumped;
    if (first === undefined) return [];
    return [
      {
        function: first.function,
        key,
        blocks: new Set(instances.map(({ block }) => block)).size,
        touched: new Set(jumped.map(({ block }) => block)).size,
        jumpsMs: jumped.map(({ host }) => host?.[key] ?? 0),
      },
    ];
  });

/** `2 of 24 blocks of f, 1 of 12 blocks of g`. */
const tellBlocks = (seen: SeenClocks[]): string =>
  seen.map(({ function: name, blocks, touched }) => `${touched} of ${blocks} blocks of ${name}`).join(', ');

const tellSuspended = (seen: SeenClocks[]): string => {
  const ms = seen.flatMap(({ jumpsMs }) => jumpsMs).reduce((sum, one) => sum + one, 0);
  return `the machine was suspended for ${formatDuration(ms)} in ${tellBlocks(seen)}: times are measured by a clock that stands still meanwhile, but these blocks count as disturbed; measure where the machine is not suspended`;
};

const tellSet = (seen: SeenClocks[]): string => {
  const jumpsMs = seen.flatMap((one) => one.jumpsMs);
  const farthestMs = jumpsMs.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  const most = jumpsMs.length > 1 ? 'up to ' : '';
  return `the machine's clock was set ${farthestMs > 0 ? 'forward' : 'back'} by ${most}${formatDuration(Math.abs(farthestMs))} in ${tellBlocks(seen)}: times are measured by a clock that nobody sets, so they count; a function that reads the time of day may have done other work`;
};

/** One sentence for each of the two; both leave measured times alone. */
export const clockWarnings = (seen: SeenClocks[]): Warning[] => {
  const suspended = seen.filter(({ key }) => key === 'suspended_ms');
  const set = seen.filter(({ key }) => key === 'clock_set_ms');
  return [
    ...(suspended.length > 0 ? [{ code: 'machine-suspended', message: tellSuspended(suspended) }] : []),
    ...(set.length > 0 ? [{ code: 'clock-set', message: tellSet(set) }] : []),
  ];
};
