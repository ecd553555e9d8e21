/** Which arms take part in a block, and in which order. */

import type { ArmPlan, FunctionMeasurement, FunctionPlan } from './function-measurement.ts';
import { balancedOrders } from './schedule.ts';

/** An arm whose every instance failed in this many blocks is left out of the rest. */
export const GIVE_UP_BLOCKS = 2;
export const ORIENTATION_BLOCKS = 2;

export interface ArmRoster {
  /** Arms of this attempt's block `n`, from 0, in the job's order; empty where nothing is left to compare. */
  armsOf(n: number): ArmPlan[];
  /** The same without the slow arm, or null where it is not in it or alone. */
  withoutSlow(arms: ArmPlan[]): ArmPlan[] | null;
  /** Each set of arms has its own balanced sequence, and goes on in it when it comes back. */
  inOrder(arms: ArmPlan[]): ArmPlan[];
  ended(arm: ArmPlan, isOk: boolean): void;
  drop(isolations: ReadonlySet<string>): void;
  /** In how many of the blocks to come this arm takes part, 0 to 1, as `armsOf` last found. */
  shareOf(arm: ArmPlan): number;
  /** Whether the control may still run. */
  hasControl(): boolean;
}

const isTreatment = ({ arm }: ArmPlan): boolean => arm === 'treatment';
const isBase = ({ revision }: ArmPlan): boolean => revision === 'base';

export function createRoster(
  { arms, seed, attempt, function: name }: Pick<FunctionMeasurement, 'arms' | 'seed' | 'attempt' | 'function'>,
  slow: FunctionPlan['slow'],
): ArmRoster {
  const failures = new Map<ArmPlan, number>();
  let dropped: ReadonlySet<string> = new Set();
  const sequences = new Map<string, Generator<number[], never>>();

  const isLeft = (arm: ArmPlan, n: number): boolean =>
    (failures.get(arm) ?? 0) < GIVE_UP_BLOCKS &&
    !(arm.orientation && n >= ORIENTATION_BLOCKS) &&
    !(isTreatment(arm) && dropped.has(arm.isolation.config.name));
  const isSlow = (arm: ArmPlan): boolean => isTreatment(arm) && arm.isolation.config.name === slow?.isolation;
  /** The base's arms serve a comparison with the head's, and its control with the base's arms or with the head's control. */
  const withUsefulBase = (some: ArmPlan[]): ArmPlan[] => {
    const control = some.find((arm) => isBase(arm) && !isTreatment(arm));
    const head = new Set(some.filter((arm) => !isBase(arm) && isTreatment(arm)).map((arm) => arm.isolation));
    const useful = some.filter(
      (arm) => !isBase(arm) || (isTreatment(arm) ? control !== undefined && head.has(arm.isolation) : true),
    );
    const isIdle =
      control !== undefined && dropped.has(control.isolation.config.name) && useful.filter(isBase).length === 1;
    return isIdle ? useful.filter((arm) => arm !== control) : useful;
  };
  const withoutSlow = (present: ArmPlan[]): ArmPlan[] | null => {
    const rest = present.filter((arm) => !isSlow(arm));
    return rest.length < present.length && rest.some(isTreatment) ? withUsefulBase(rest) : null;
  };
  let left = arms;

  return {
    withoutSlow,
    armsOf(n) {
      left = withUsefulBase(arms.filter((arm) => isLeft(arm, n)));
      const control = left.find((arm) => arm.arm === 'control' && !isBase(arm));
      if (!control) return [];
      // The control and its twin alone say something only of the control.
      if (!left.some(isTreatment) && dropped.has(control.isolation.config.name)) return [];
      return slow === null || n % slow.stride === 0 ? left : (withoutSlow(left) ?? left);
    },
    inOrder(present) {
      const indices = present.map((arm) => arms.indexOf(arm));
      const key = indices.join(',');
      const orders = sequences.get(key) ?? balancedOrders(present.length, `${seed}/${attempt}/${name}/${key}`);
      sequences.set(key, orders);
      return orders.next().value.map((index) => present[index] as ArmPlan);
    },
    ended(arm, isOk) {
      // An arm that worked once is never given up.
      if (isOk) failures.set(arm, Number.NEGATIVE_INFINITY);
      else failures.set(arm, (failures.get(arm) ?? 0) + 1);
    },
    drop(isolations) {
      dropped = new Set([...dropped, ...isolations]);
    },
    shareOf(arm) {
      if (arm.orientation || !left.includes(arm)) return 0;
      return slow !== null && isSlow(arm) && withoutSlow(left) !== null ? 1 / slow.stride : 1;
    },
    hasControl: () => left.some((arm) => arm.arm === 'control' && !isBase(arm)),
  };
}
