import type { Metric } from '../model/metrics.ts';
import type { StartPhase } from '../model/phases.ts';
import type { Shift } from '../model/verdict.ts';
import { showMetric } from './scale.ts';

/** A cost before and now: medians, and the factor between them with two-sided 95 % bounds. */
interface CostShift {
  before: number;
  now: number;
  estimate: number;
  lower: number | null;
  upper: number | null;
}

/** What is known of one arm before and now; costs in ms or bytes, phases in ms. */
export interface ArmShifts {
  costs: Map<Metric, CostShift>;
  phases: Map<StartPhase, CostShift>;
}

/** The same, with names for people and what surely moved. */
export interface Arm {
  costs: Map<Metric, Shift>;
  phases: [StartPhase, Shift][];
}

/** A move of less than this is none, however sure. */
const LEAST_MOVE = 0.01;

const toShift = (what: string, unit: Shift['unit'], { before, now, estimate, lower, upper }: CostShift): Shift => {
  const isUp = lower !== null && lower > 1 && estimate > 1 + LEAST_MOVE;
  const isDown = upper !== null && upper < 1 && estimate < 1 - LEAST_MOVE;
  return { what, before, now, unit, estimate, lower, upper, moved: isUp ? 'up' : isDown ? 'down' : null };
};

/** @param name `gvisor`, `the control native` */
export const toArm = (name: string, { costs, phases }: ArmShifts): Arm => ({
  costs: new Map(
    [...costs].map(([metric, shift]) => {
      const unit = metric === 'memory' ? 'bytes' : 'ms';
      return [metric, toShift(`${showMetric(metric)} of ${name}`, unit, shift)];
    }),
  ),
  phases: [...phases].map(([phase, shift]) => [
    phase,
    toShift(`phase ${phase.replaceAll('_', ' ')} of ${name}`, 'ms', shift),
  ]),
});

/** Both up, and by one factor: what made them so is no matter of the isolation. */
export const isCommonMove = (treatment: Shift | undefined, control: Shift | undefined): boolean =>
  treatment?.moved === 'up' && control?.moved === 'up' && treatment.estimate <= control.estimate * (1 + LEAST_MOVE);
