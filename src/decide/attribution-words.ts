import type { Metric } from '../model/metrics.ts';
import type { StartPhase } from '../model/phases.ts';
import type { Shift } from '../model/verdict.ts';

/** Within this of no change, with its whole interval, a cost did not move; else it did not surely move. */
const STILL = 0.02;

/** `9.8 %`, `34 %`. */
const share = (factor: number): string => {
  const percent = Math.abs(factor - 1) * 100;
  return `${percent.toFixed(percent < 9.95 ? 1 : 0)} %`;
};

/** `+9.1 %`, `−0.5 %`. */
export const change = (factor: number): string => `${factor < 1 ? '−' : '+'}${share(factor)}`;

const UNITS: Record<Shift['unit'], [number, string][]> = {
  ms: [
    [10_000, 's'],
    [1, 'ms'],
    [0, 'µs'],
  ],
  bytes: [
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
    [0, 'bytes'],
  ],
};
const SIZES: Record<string, number> = { s: 1000, ms: 1, µs: 1e-3, MiB: 2 ** 20, KiB: 2 ** 10, bytes: 1 };

const digits = (value: number): string => (value >= 100 ? String(Math.round(value)) : value.toPrecision(3));

/** Both in the unit of the larger: `12.1 → 13.3 ms`. */
const fromTo = ({ before, now, unit }: Shift): string => {
  const [, name = ''] = UNITS[unit].find(([from]) => Math.max(before, now) >= from) ?? [];
  const size = SIZES[name] ?? 1;
  return `${digits(before / size)} → ${digits(now / size)} ${name}`;
};

const amount = (value: number, unit: Shift['unit']): string => {
  const [, name = ''] = UNITS[unit].find(([from]) => value >= from) ?? [];
  return `${digits(value / (SIZES[name] ?? 1))} ${name}`;
};

type Verb = [begin: string, up: string, down: string];
const VERBS: Record<Metric, Verb> = {
  latency: ['got', 'slower', 'faster'],
  latency_p95: ['got', 'slower at the 95th percentile', 'faster at the 95th percentile'],
  latency_p99: ['got', 'slower at the 99th percentile', 'faster at the 99th percentile'],
  throughput: ['got', 'slower', 'faster'],
  cold_start: ['starts', 'slower', 'faster'],
  memory: ['takes', 'more memory', 'less memory'],
  cpu: ['takes', 'more CPU time', 'less CPU time'],
};

/** `gvisor itself got 9.8 % slower (12.1 → 13.3 ms)`, of what surely moved. */
export const moveText = (who: string, metric: Metric, shift: Shift): string => {
  const [begin, up, down] = VERBS[metric];
  return `${who} ${begin} ${share(shift.estimate)} ${shift.estimate < 1 ? down : up} (${fromTo(shift)})`;
};

/** `the control did not move`, or how far it could have. */
export const stillText = (who: string, shift: Shift | undefined): string => {
  if (shift === undefined) return `what ${who} cost before is not known`;
  const { lower, upper } = shift;
  if (lower === null || upper === null) return `too few blocks say whether ${who} moved`;
  if (lower > 1 - STILL && upper < 1 + STILL) return `${who} did not move`;
  return `${who} did not surely move (${change(lower)} to ${change(upper)})`;
};

/** `its CPU time rose with it (+9.1 %)`. */
export const companionText = (what: string, shift: Shift): string => {
  if (shift.moved === 'up') return `its ${what} rose with it (${change(shift.estimate)})`;
  if (shift.moved === 'down') return `its ${what} fell (${change(shift.estimate)})`;
  return stillText(`its ${what}`, shift);
};

/** A phase that makes less than this of all that moved is not named. */
const NAMED_SHARE = 0.1;

const phaseName = (phase: StartPhase): string => phase.replaceAll('_', ' ');

/** `start-up: the phase ready grew by 21.0 ms (+34 %), the others did not move`; null where no phase surely moved so. */
export const phasesText = (phases: [StartPhase, Shift][], direction: 'up' | 'down'): string | null => {
  const by = ({ before, now }: Shift) => Math.abs(now - before);
  const moved = phases.filter(([, shift]) => shift.moved === direction).sort((a, b) => by(b[1]) - by(a[1]));
  const total = moved.reduce((sum, [, shift]) => sum + by(shift), 0);
  const named = moved.filter(([, shift]) => by(shift) >= NAMED_SHARE * total);
  if (named.length === 0) return null;
  const verb = direction === 'up' ? 'grew' : 'shrank';
  const told = named.map(
    ([phase, shift], index) =>
      `${index === 0 ? 'the phase ' : ''}${phaseName(phase)}${index === 0 ? ` ${verb}` : ''} by ${amount(by(shift), shift.unit)} (${change(shift.estimate)})`,
  );
  const others = phases.filter((phase) => !named.includes(phase));
  const rest = others.some(([, shift]) => shift.moved !== null) ? 'the others by less' : 'the others did not move';
  return `start-up: ${[...told, ...(others.length > 0 ? [rest] : [])].join(', ')}`;
};
