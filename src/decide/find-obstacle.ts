import type { Config } from '../model/config.ts';
import type { ProbeResult } from '../model/probe.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import type { Warning } from '../model/warnings.ts';

/**
 * Why a comparison cannot be decided whatever is measured; `gated` says whether that holds up the run. `pass` where there is
 * nothing that could be decided otherwise.
 */
export interface Obstacle {
  gated: boolean;
  verdict?: 'pass';
  reason: string;
  warning: Warning;
}

/** What the instances themselves say of isolations, where the probe may say something else. */
export interface ArmFacts {
  /** With an instance that ended well. */
  worked: ReadonlySet<string>;
  emulated: ReadonlySet<string>;
  /** Some instances emulated, some not. */
  mixed: ReadonlySet<string>;
}

export interface Circumstances {
  /** Null where the samples come without a probe. */
  probe: ProbeResult[] | null;
  arms: ArmFacts;
  /** Growth only: why there is nothing to compare with; null where there is. */
  baselineObstacle: { code: string; message: string } | null;
  /** Growth only: why there can be none. */
  nothingToGrow: string | null;
}

/** What stands in the way of everything that is to be compared under an isolation that the probe found unusable. */
export const unusable = (
  config: Pick<Config, 'isolations' | 'control'>,
  isolation: string,
  probe: ProbeResult,
): Obstacle => {
  const required = config.isolations.some(({ name, required }) => name === isolation && required);
  const gated = required || isolation === config.control;
  const reason = `${isolation} cannot run here: ${probe.reason ?? 'the probe found it unusable'}`;
  const fix = probe.fix === null ? '' : `; fix: ${probe.fix}`;
  const standing = gated ? 'so the run is not measured' : 'it is not required, so it is not gated';
  return { gated, reason, warning: { code: 'isolation-unusable', message: `${reason}${fix}; ${standing}` } };
};

export const mixedArms = (isolation: string): Obstacle => {
  const reason = `some instances of ${isolation} were emulated in software and others were not: they cannot be compared as one`;
  return { gated: true, reason, warning: { code: 'emulated-mixed', message: `${reason}; so the run is not measured` } };
};

/** Known before the first block, so that the family of gated comparisons can be declared in the header. */
export const findObstacle = (
  comparison: DeclaredComparison,
  config: Config,
  { probe, arms, baselineObstacle, nothingToGrow }: Circumstances,
): Obstacle | null => {
  for (const isolation of [config.control, comparison.isolation]) {
    const found = probe?.find((result) => result.isolation === isolation);
    // What the probe says cannot run, and yet ran, is held to its limits.
    if (found !== undefined && !found.usable && !arms.worked.has(isolation)) return unusable(config, isolation, found);
  }
  const mixedArm = [comparison.isolation, config.control].find((name) => arms.mixed.has(name));
  if (mixedArm !== undefined) return mixedArms(mixedArm);
  const emulatedArm = [comparison.isolation, config.control].find((name) => arms.emulated.has(name));
  if (emulatedArm !== undefined && !config.gateEmulated) {
    const reason = `${emulatedArm} is emulated in software, so its numbers say nothing about real hardware`;
    const message = `${reason}; it is not gated (gate_emulated: true would gate it)`;
    return { gated: false, reason, warning: { code: 'emulated', message } };
  }
  if (nothingToGrow !== null) {
    const warning = { code: 'same-image', message: `${comparison.function}: ${nothingToGrow}` };
    return { gated: true, verdict: 'pass', reason: nothingToGrow, warning };
  }
  if (baselineObstacle !== null) return { gated: false, reason: baselineObstacle.message, warning: baselineObstacle };
  return null;
};
