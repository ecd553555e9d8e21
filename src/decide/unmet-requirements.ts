import type { Config } from '../model/config.ts';
import type { ProbeResult } from '../model/probe.ts';
import type { InstanceRecord } from '../model/samples.ts';
import { type ArmFacts, mixedArms, type Obstacle, unusable } from './find-obstacle.ts';

const holdUp = (code: string, reason: string, fix: string | null): Obstacle => ({
  gated: true,
  reason,
  warning: { code, message: `${reason}${fix === null ? '' : `; fix: ${fix}`}; so the run is not measured` },
});

const emulatedOnly = (isolation: string, probe: ProbeResult | undefined): Obstacle => {
  const fix = probe?.fix ?? 'run where /dev/kvm is usable, or set gate_emulated: true';
  return holdUp('required-emulated', `${isolation} is required, but it was emulated in software`, fix);
};

/** Functions in which no instance of it ended well. */
const unmeasured = (isolation: string, functions: string[], instances: InstanceRecord[]): Obstacle[] =>
  functions.flatMap((name) => {
    const own = instances.filter((record) => record.function === name && record.isolation === isolation);
    if (own.some(({ status }) => status === 'ok')) return [];
    const what = own.length === 0 ? 'none was started in a complete block' : `${own.length} of ${own.length} failed`;
    const reason = `${name}: ${isolation} is required, but no instance of it ended well: ${what}`;
    return [holdUp('required-unmeasured', reason, null)];
  });

/**
 * What each isolation with `required: true` lacks, whether a limit names it or not: it could not run, ran only emulated
 * (without `gate_emulated`), or left a function without a single good instance. Any of these holds up the run.
 * @param instances those of the whole run at its end; null while it goes on, when functions are still to come
 */
export const unmetRequirements = (
  config: Pick<Config, 'isolations' | 'control' | 'gateEmulated' | 'functions'>,
  probe: ProbeResult[],
  arms: ArmFacts,
  instances: InstanceRecord[] | null,
): Obstacle[] =>
  config.isolations
    .filter(({ required }) => required)
    .flatMap(({ name }) => {
      const found = probe.find((result) => result.isolation === name);
      if (found !== undefined && !found.usable && !arms.worked.has(name)) return [unusable(config, name, found)];
      if (arms.mixed.has(name)) return [mixedArms(name)];
      if (arms.emulated.has(name) && !config.gateEmulated) return [emulatedOnly(name, found)];
      return instances === null
        ? []
        : unmeasured(
            name,
            config.functions.map((fn) => fn.name),
            instances,
          );
    });
