import type { Attribution, ComparisonVerdict, Shift } from '../model/verdict.ts';
import { type ArmShifts, isCommonMove, toArm } from './attribution-arm.ts';
import { summarise, summariseConditions, summariseControl } from './attribution-summary.ts';

export interface Question {
  comparison: Pick<ComparisonVerdict, 'isolation' | 'metric'>;
  /** Name of the control isolation. */
  control: string;
  arms: { treatment: ArmShifts; control: ArmShifts };
  /** What of the baseline's fingerprint differs, where it could not be compared with. */
  conditions: string[];
}

const causeOf = (treatment: Shift | undefined, control: Shift | undefined): Attribution['cause'] => {
  const isSlower = treatment?.moved === 'up';
  const isControlFaster = control?.moved === 'down';
  if (isSlower && isControlFaster) return 'both';
  if (isSlower) return isCommonMove(treatment, control) ? 'unclear' : 'treatment-slower';
  // A treatment that got faster by as much has not made the overhead grow.
  const hasLagged = treatment === undefined || treatment.estimate > (control?.estimate ?? 0);
  return isControlFaster && hasLagged ? 'control-faster' : 'unclear';
};

/**
 * Which of the two arms moved, and what moved with it; of the control's own growth, `treatment-slower` says that the
 * control is what got slower. A shift has `moved` where its 95 % interval excludes none and its estimate is over 1 %. Of
 * twenty shifts one moves by chance: they explain what is decided elsewhere, and decide nothing.
 */
export const attribute = ({ comparison, control: controlName, arms, conditions }: Question): Attribution => {
  const { isolation, metric } = comparison;
  const control = toArm(`the control ${controlName}`, arms.control);
  const treatment = toArm(isolation, arms.treatment);
  const shifts = (metric === 'control' ? [control] : [treatment, control]).flatMap(({ costs, phases }) => [
    ...costs.values(),
    ...phases.map(([, shift]) => shift),
  ]);
  if (shifts.length === 0 && conditions.length > 0)
    return { cause: 'conditions', summary: summariseConditions(conditions), shifts, conditions };
  if (metric === 'control') {
    const cause = control.costs.get('latency')?.moved === 'up' ? 'treatment-slower' : 'unclear';
    return { cause, summary: summariseControl(controlName, control), shifts, conditions };
  }
  const cause = causeOf(treatment.costs.get(metric), control.costs.get(metric));
  return { cause, summary: summarise(cause, isolation, metric, { treatment, control }), shifts, conditions };
};
