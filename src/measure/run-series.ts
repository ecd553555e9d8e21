import { median } from 'simple-statistics';
import type { ArmCost } from './arm-cost.ts';
import type { ArmPlan, FunctionMeasurement } from './function-measurement.ts';
import type { PilotRounds } from './plan-pilot.ts';
import type { ArmSeries } from './read-series.ts';
import { runArm } from './run-arm.ts';
import type { InstancePlan } from './run-instance.ts';

export interface MeasuredArm {
  series: ArmSeries;
  /** As these instances show it: caches are warm now. Null where all failed. */
  cost: ArmCost | null;
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/** Rounds of one instance of each arm, every value from the first on. */
export async function runSeries(
  job: FunctionMeasurement,
  arms: ArmPlan[],
  plan: Omit<InstancePlan, 'invocations' | 'warmup' | 'empty' | 'tail'>,
  { rounds, length }: PilotRounds,
): Promise<Map<ArmPlan, MeasuredArm>> {
  const runs = new Map(arms.map((arm) => [arm, [] as ({ values: number[]; ms: number } | null)[]]));
  for (let round = 0; round < rounds; round++)
    for (const [arm, own] of runs) {
      const startMs = performance.now();
      const outcome = await runArm(job, arm, { ...plan, invocations: length, warmup: 0, empty: 0, tail: 0 });
      const ms = performance.now() - startMs;
      own.push(outcome.status === 'ok' ? { values: outcome.latency_ms, ms } : null);
    }
  return new Map(
    [...runs].map(([arm, own]) => {
      const good = own.filter((run) => run !== null);
      const cost =
        good.length === 0
          ? null
          : {
              fixedMs: median(good.map(({ values, ms }) => Math.max(0, ms - sum(values) * plan.repeat))),
              messageMs: median(good.flatMap(({ values }) => values)) * plan.repeat,
            };
      return [arm, { series: own.map((run) => run?.values ?? null), cost }];
    }),
  );
}
