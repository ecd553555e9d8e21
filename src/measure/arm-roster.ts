/** Which arms take part in a block, and in which order. */

import { Rng } from 'pragmastat';
import type { ArmPlan, FunctionMeasurement, FunctionPlan } from './function-measurement.ts';

/** An arm whose instances all failed in this many blocks is left out of the rest. */
export const GIVE_UP_BLOCKS = 2;

export interface ArmRoster {
  /** The arms of deciding block `n` of this attempt, counted from 0, in the job's order; empty where nothing is left to compare. */
  armsOf(n: number): ArmPlan[];
  /** The control, the A/A control and the arms that decide nothing; empty where there are none of the latter. */
  orientationArms(withEmulated: boolean): ArmPlan[];
  /** The same arms without the slow one; null where it is not among them, or is the only treatment. */
  withoutSlow(arms: ArmPlan[]): ArmPlan[] | null;
  /** The order in which to run the arms. Each set of arms has a balanced sequence of its own, and continues it when it comes back. */
  inOrder(arms: ArmPlan[]): ArmPlan[];
  ended(arm: ArmPlan, isOk: boolean): void;
  drop(isolations: ReadonlySet<string>): void;
  /** In which share of the coming blocks this arm takes part, 0 to 1, as `armsOf` last found. */
  shareOf(arm: ArmPlan): number;
  /** Whether the control has not been given up. */
  hasControl(): boolean;
}

const isTreatment = ({ arm }: ArmPlan): boolean => arm === 'treatment';
const isBase = ({ revision }: ArmPlan): boolean => revision === 'base';

export function createRoster(
  { arms, seed, attempt, function: name }: Pick<FunctionMeasurement, 'arms' | 'seed' | 'attempt' | 'function'>,
  { slow, unfitMs }: Pick<FunctionPlan, 'slow' | 'unfitMs'>,
): ArmRoster {
  const failures = new Map<ArmPlan, number>();
  let dropped: ReadonlySet<string> = new Set();
  const sequences = new Map<string, Generator<number[], never>>();

  const isAlive = (arm: ArmPlan): boolean => (failures.get(arm) ?? 0) < GIVE_UP_BLOCKS;
  const isUnfit = (arm: ArmPlan): boolean => isTreatment(arm) && Object.hasOwn(unfitMs, arm.isolation.config.name);
  const isLeft = (arm: ArmPlan): boolean =>
    isAlive(arm) && !arm.orientation && !isUnfit(arm) && !(isTreatment(arm) && dropped.has(arm.isolation.config.name));
  const isSlow = (arm: ArmPlan): boolean => isTreatment(arm) && arm.isolation.config.name === slow?.isolation;
  /** An arm of the base is useful beside the same arm of the head, and the base's control beside other arms of the base or for the head's control. */
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
      left = withUsefulBase(arms.filter(isLeft));
      const control = left.find((arm) => arm.arm === 'control' && !isBase(arm));
      if (!control) return [];
      // The control and the A/A control alone say something only of the control.
      if (!left.some(isTreatment) && dropped.has(control.isolation.config.name)) return [];
      return slow === null || n % slow.stride === 0 ? left : (withoutSlow(left) ?? left);
    },
    orientationArms(withEmulated) {
      const treatments = arms.filter(
        (arm) => isTreatment(arm) && !isBase(arm) && arm.orientation && isAlive(arm) && (withEmulated || !arm.emulated),
      );
      const controls = arms.filter((arm) => !isTreatment(arm) && !isBase(arm) && isAlive(arm));
      return treatments.length === 0 ? [] : [...controls, ...treatments];
    },
    inOrder(present) {
      const indices = present.map((arm) => arms.indexOf(arm));
      const key = indices.join(',');
      const orders = sequences.get(key) ?? balancedOrders(present.length, `${seed}/${attempt}/${name}/${key}`);
      sequences.set(key, orders);
      return orders.next().value.map((index) => present[index] as ArmPlan);
    },
    ended(arm, isOk) {
      // An arm that has worked once is never given up.
      if (isOk) failures.set(arm, Number.NEGATIVE_INFINITY);
      else failures.set(arm, (failures.get(arm) ?? 0) + 1);
    },
    drop(isolations) {
      dropped = new Set([...dropped, ...isolations]);
    },
    shareOf(arm) {
      if (!left.includes(arm)) return 0;
      return slow !== null && isSlow(arm) && withoutSlow(left) !== null ? 1 / slow.stride : 1;
    },
    hasControl: () => left.some((arm) => arm.arm === 'control' && !isBase(arm)),
  };
}

/**
 * Endless orders of `count` arms, by Williams (1949): each arm is at each position, and behind each other arm, equally often in
 * every `count` blocks (twice as many where the count is odd). Orders come with their mirror images, in groups of four that are
 * shuffled, so that of any two arms each ran first in two of the first four blocks, and no order can be foreseen for sure.
 */
function* balancedOrders(count: number, seed: string): Generator<number[], never> {
  const rng = new Rng(seed);
  const positions = Array.from({ length: count }, (_, i) => i);
  // 0, 1, −1, 2, −2, …: all its steps differ.
  const zigzag = positions.map((i) => (i % 2 === 1 ? (i + 1) / 2 : (count - i / 2) % count));
  for (;;) {
    const permutation = rng.shuffle(positions);
    const rows = positions.map((start) => zigzag.map((step) => permutation[(step + start) % count] as number));
    // The second half of an even square is the mirror image of the first.
    const distinct = count % 2 === 0 ? rows.slice(0, count / 2) : rows;
    const pairs = rng.shuffle(distinct.map((row) => [row, [...row].reverse()]));
    for (let from = 0; from < pairs.length; from += 2) yield* rng.shuffle(pairs.slice(from, from + 2).flat());
  }
}
