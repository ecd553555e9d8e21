import type { Metric } from '../model/metrics.ts';
import type { Attribution, Shift } from '../model/verdict.ts';
import { type Arm, isCommonMove } from './attribution-arm.ts';
import { change, companionText, moveText, phasesText, stillText } from './attribution-words.ts';

/** What of the same arm moved with the metric, as far as it helps to find out why. */
const companions = (metric: Metric, arm: Arm, direction: 'up' | 'down'): string[] => {
  if (metric === 'cold_start')
    return arm.phases.length === 0
      ? []
      : [phasesText(arm.phases, direction) ?? 'no start-up phase surely moved by itself'];
  if (metric === 'memory' || direction === 'down') return [];
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

const unclear = (metric: Metric, name: string, treatment: Arm, own: Shift | undefined, base: Shift | undefined) => {
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
  arms: { treatment: Arm; control: Arm },
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

/** Of the control's own latency, which is compared with nothing but itself. */
export const summariseControl = (name: string, control: Arm): string => {
  const own = control.costs.get('latency');
  const beside = own?.moved === 'up' ? companions('latency', control, 'up') : [];
  return [tell(`the control ${name} itself`, 'latency', own), ...beside].join('; ');
};

const MOST_CONDITIONS = 5;

/** Nothing could be compared. */
export const summariseConditions = (conditions: string[]): string => {
  const more = conditions.length - MOST_CONDITIONS;
  const listed = conditions.slice(0, MOST_CONDITIONS).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `whether the code or the machine did it cannot be told: the baseline was measured under other conditions (${listed})`;
};
