import { formatAmount, formatCost, formatPercent } from '../lib/format.ts';
import { costUnit, type Metric, type StartPhase } from '../model/metrics.ts';
import type { Attribution, Shift } from '../model/verdict.ts';
import { isCommonMove, type NamedShifts } from './arm-shifts.ts';

/** A cost whose whole interval is within this of no change did not move; with a wider interval that is not certain. */
const STILL = 0.02;

/** `+9.10%`, `−0.50%`. */
const change = (factor: number): string => formatCost(factor, 'x');

type Verb = [begin: string, up: string, down: string];
const VERBS: Record<Metric, Verb> = {
  latency: ['got', 'slower', 'faster'],
  latency_p95: ['got', 'slower at the 95th percentile', 'faster at the 95th percentile'],
  latency_p99: ['got', 'slower at the 99th percentile', 'faster at the 99th percentile'],
  throughput: ['got', 'slower', 'faster'],
  cold_start: ['starts', 'slower', 'faster'],
  memory: ['takes', 'more memory', 'less memory'],
  memory_peak: ['takes', 'more memory at its peak', 'less memory at its peak'],
  cpu: ['takes', 'more CPU time', 'less CPU time'],
};

/** `gvisor itself got 9.80% slower (12.1 ms → 13.3 ms)`, for a cost that is proven to have moved. */
const moveText = (who: string, metric: Metric, shift: Shift): string => {
  const [begin, up, down] = VERBS[metric];
  return `${who} ${begin} ${formatPercent(shift.estimate - 1)} ${shift.estimate < 1 ? down : up} (${formatAmount(shift.before, shift.unit)} → ${formatAmount(shift.now, shift.unit)})`;
};

/** `the control did not move`, or how far it could have. */
const stillText = (who: string, shift: Shift | undefined): string => {
  if (shift === undefined) return `what ${who} cost before is not known`;
  const { lower, upper } = shift;
  if (lower === null || upper === null) return `too few blocks say whether ${who} moved`;
  if (lower > 1 - STILL && upper < 1 + STILL) return `${who} did not move`;
  return `${who} did not surely move (${change(lower)} to ${change(upper)})`;
};

/** `its CPU time rose with it (+9.10%)`. */
const companionText = (what: string, shift: Shift): string => {
  if (shift.moved === 'up') return `its ${what} rose with it (${change(shift.estimate)})`;
  if (shift.moved === 'down') return `its ${what} fell (${change(shift.estimate)})`;
  return stillText(`its ${what}`, shift);
};

/** A phase with a smaller share of the whole move is not named. */
const NAMED_SHARE = 0.1;

const phaseName = (phase: StartPhase): string => phase.replaceAll('_', ' ');

/** `start-up: the phase ready grew by 21.0 ms (+34.0%), the others did not move`; null where no phase surely moved so. */
const phasesText = (phases: [StartPhase, Shift][], direction: 'up' | 'down'): string | null => {
  const by = ({ before, now }: Shift) => Math.abs(now - before);
  const moved = phases.filter(([, shift]) => shift.moved === direction).sort((a, b) => by(b[1]) - by(a[1]));
  const total = moved.reduce((sum, [, shift]) => sum + by(shift), 0);
  const named = moved.filter(([, shift]) => by(shift) >= NAMED_SHARE * total);
  if (named.length === 0) return null;
  const verb = direction === 'up' ? 'grew' : 'shrank';
  const told = named.map(
    ([phase, shift], index) =>
      `${index === 0 ? 'the phase ' : ''}${phaseName(phase)}${index === 0 ? ` ${verb}` : ''} by ${formatAmount(by(shift), shift.unit)} (${change(shift.estimate)})`,
  );
  const others = phases.filter((phase) => !named.includes(phase));
  const rest = others.some(([, shift]) => shift.moved !== null) ? 'the others by less' : 'the others did not move';
  return `start-up: ${[...told, ...(others.length > 0 ? [rest] : [])].join(', ')}`;
};

/** What else of the same arm moved, as far as it helps to find out why. */
const companions = (metric: Metric, arm: NamedShifts, direction: 'up' | 'down'): string[] => {
  if (metric === 'cold_start')
    return arm.phases.length === 0
      ? []
      : [phasesText(arm.phases, direction) ?? 'no start-up phase surely moved by itself'];
  if (costUnit(metric) === 'bytes' || direction === 'down') return [];
  const other = metric === 'cpu' ? 'latency' : 'cpu';
  const beside = arm.costs.get(other);
  const memory = arm.costs.get('memory');
  return [
    ...(beside === undefined ? [] : [companionText(other === 'cpu' ? 'CPU time' : 'latency', beside)]),
    ...(memory?.moved === 'up' ? [companionText('memory', memory)] : []),
  ];
};

const tell = (who: string, metric: Metric, shift: Shift | undefined): string =>
  shift?.moved ? moveText(who, metric, shift) : stillText(who, shift);

const unclear = (
  metric: Metric,
  name: string,
  treatment: NamedShifts,
  own: Shift | undefined,
  base: Shift | undefined,
) => {
  if (own !== undefined && base !== undefined && isCommonMove(own, base))
    return [
      `${name} and the control cost more by about the same factor (${change(own.estimate)} and ${change(base.estimate)}), so it is the function itself or the machine rather than the isolation`,
    ];
  const phases = metric === 'cold_start' ? phasesText(treatment.phases, 'up') : null;
  return [...(phases === null ? [] : [phases]), tell(`${name} itself`, metric, own), tell('the control', metric, base)];
};

/** One sentence for a person: `gvisor itself got 9.8 % slower (12.1 → 13.3 ms); …; the control did not move`. */
export const summarise = (
  cause: Attribution['cause'],
  name: string,
  metric: Metric,
  arms: { treatment: NamedShifts; control: NamedShifts },
): string => {
  const [own, base] = [arms.treatment.costs.get(metric), arms.control.costs.get(metric)];
  const ownText = tell(`${name} itself`, metric, own);
  const baseText = tell('the control', metric, base);
  switch (cause) {
    case 'treatment-slower':
      return [ownText, ...companions(metric, arms.treatment, 'up'), baseText].join('; ');
    case 'both':
      return [
        `${ownText}, and ${baseText}: each makes the overhead larger`,
        ...companions(metric, arms.treatment, 'up'),
      ].join('; ');
    case 'control-faster':
      return [
        `${baseText}, which makes the overhead larger`,
        ...companions(metric, arms.control, 'down').map((text) => `of the control: ${text}`),
        ownText,
      ].join('; ');
    default:
      return unclear(metric, name, arms.treatment, own, base).join('; ');
  }
};

/** For the control's own latency, which is compared only with itself before. */
export const summariseControl = (name: string, control: NamedShifts): string => {
  const own = control.costs.get('latency');
  const beside = own?.moved === 'up' ? companions('latency', control, 'up') : [];
  return [tell(`the control ${name} itself`, 'latency', own), ...beside].join('; ');
};

const MOST_CONDITIONS = 5;

/** For a baseline that could not be compared with. */
export const summariseConditions = (conditions: string[]): string => {
  const more = conditions.length - MOST_CONDITIONS;
  const listed = conditions.slice(0, MOST_CONDITIONS).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `whether the code or the machine did it cannot be told: the baseline was measured under other conditions (${listed})`;
};
