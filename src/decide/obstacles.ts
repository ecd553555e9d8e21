import type { Config } from '../model/config.ts';
import type { ProbeResult } from '../model/probe.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import type { AnswerDifference, Gating } from '../model/verdict.ts';
import type { Warning } from '../model/warnings.ts';
import { tellDifference, warnOfDifference } from './answers.ts';
import { type ArmTally, NO_INSTANCES, type SeenInstances } from './see-instances.ts';

/** Why a comparison cannot be decided, whatever is measured. Where it is gated, the run is not measured because of it. */
export type Obstacle = Gating & {
  /** Only where a growth is impossible, so that there is nothing to measure. */
  verdict?: 'pass';
  reason: string;
  warning: Warning;
};

/** Why growth has nothing to be compared with. */
export type MissingReference = Gating & { code: string; message: string };

/** What the instances say about isolations; the probe may say something else. */
export interface ArmFacts {
  /** At least one instance ended well. */
  worked: ReadonlySet<string>;
  emulated: ReadonlySet<string>;
  /** Some instances were emulated, others were not. */
  mixed: ReadonlySet<string>;
}

/** What the header and the instances say about one comparison before it is decided. */
interface KnownFacts {
  /** Null where the samples come without a probe. */
  probe: ProbeResult[] | null;
  arms: ArmFacts;
  /** Growth only: why there is nothing to compare with; null where there is. */
  missing: MissingReference | null;
  /** Growth only: why the cost cannot have grown. */
  nothingToGrow: string | null;
  /** Arms of the comparison did not do the same work. */
  difference: AnswerDifference | null;
}

const blockRun = (code: string, reason: string, fix: string | null): Obstacle => ({
  gated: true,
  reason,
  warning: { code, message: `${reason}${fix === null ? '' : `; fix: ${fix}`}; so the run is not measured` },
});

/** The probe found the isolation unusable, so nothing can be compared under it. */
const describeUnusable = (
  config: Pick<Config, 'isolations' | 'control'>,
  isolation: string,
  probe: ProbeResult,
): Obstacle => {
  const isOptional = config.isolations.some(({ name, required }) => name === isolation && required === false);
  const gating: Gating =
    isOptional && isolation !== config.control ? { gated: false, cause: 'not-required' } : { gated: true };
  const reason = `${isolation} cannot run here: ${probe.reason ?? 'the probe found it unusable'}`;
  const fix = probe.fix === null ? '' : `; fix: ${probe.fix}`;
  const consequence = gating.gated ? 'so the run is not measured' : 'it is not required, so it is not gated';
  return { ...gating, reason, warning: { code: 'isolation-unusable', message: `${reason}${fix}; ${consequence}` } };
};

/** Numbers from emulation decide nothing. Only where the configuration asks for it is that no fault of the run. */
const describeEmulation = (config: Pick<Config, 'isolations'>, isolation: string): Obstacle => {
  const isAllowed = config.isolations.some(
    ({ name, accelerator }) => name === isolation && accelerator.includes('tcg'),
  );
  const reason = `${isolation} is emulated in software, so its numbers say nothing about real hardware`;
  if (isAllowed) {
    const message = `${reason}; it is not gated (gate_emulated: true would gate it)`;
    return { gated: false, cause: 'emulated', reason, warning: { code: 'emulated', message } };
  }
  return blockRun('emulated-unasked', `${reason}, and the configuration does not list tcg as its accelerator`, null);
};

const describeMixed = (isolation: string): Obstacle => {
  const reason = `some instances of ${isolation} were emulated in software and others were not: they cannot be compared as one arm`;
  return { gated: true, reason, warning: { code: 'emulated-mixed', message: `${reason}; so the run is not measured` } };
};

/** The answer is known before the first block, so that the header can declare the gated comparisons. */
export const findObstacle = (
  comparison: DeclaredComparison,
  config: Config,
  { probe, arms, missing, nothingToGrow, difference }: KnownFacts,
): Obstacle | null => {
  for (const isolation of [config.control, comparison.isolation]) {
    const found = probe?.find((result) => result.isolation === isolation);
    // An isolation that ran although the probe found it unusable is held to its limits.
    if (found !== undefined && !found.usable && !arms.worked.has(isolation))
      return describeUnusable(config, isolation, found);
  }
  const mixedArm = [comparison.isolation, config.control].find((name) => arms.mixed.has(name));
  if (mixedArm !== undefined) return describeMixed(mixedArm);
  const emulatedArm = [comparison.isolation, config.control].find((name) => arms.emulated.has(name));
  if (emulatedArm !== undefined && !config.gateEmulated) return describeEmulation(config, emulatedArm);
  if (nothingToGrow !== null) {
    const warning = { code: 'same-image', message: `${comparison.function}: ${nothingToGrow}` };
    return { gated: true, verdict: 'pass', reason: nothingToGrow, warning };
  }
  if (missing !== null) {
    const { code, message, ...gating } = missing;
    return { ...gating, reason: message, warning: { code, message } };
  }
  if (difference !== null)
    return { gated: true, reason: tellDifference(difference), warning: warnOfDifference(difference) };
  return null;
};

/** Whether an isolation was emulated, by its instances that ended well, or by all of them where none did. */
const judgeEmulation = ({ all, worked }: ArmTally, isProbeEmulated: boolean): 'emulated' | 'mixed' | 'real' => {
  const { count, emulated, denied } = worked.count > 0 ? worked : all;
  // The key is optional: after a probe that found emulation, only an instance that denies it contradicts.
  if (isProbeEmulated) return denied > 0 ? 'mixed' : 'emulated';
  if (emulated === 0) return 'real';
  return emulated === count ? 'emulated' : 'mixed';
};

/** Instances are believed before the probe; before the first block there is only the probe. */
export const armFacts = ({ arms }: SeenInstances, probe: ProbeResult[]): ArmFacts => {
  const names = new Set([...probe.map(({ isolation }) => isolation), ...arms.keys()]);
  const emulations = [...names].map((name) => {
    const isProbeEmulated = probe.some(({ isolation, emulated }) => isolation === name && emulated);
    return [name, judgeEmulation(arms.get(name) ?? NO_INSTANCES, isProbeEmulated)] as const;
  });
  const namesOf = (kind: 'emulated' | 'mixed') =>
    new Set(emulations.filter(([, emulation]) => emulation === kind).map(([name]) => name));
  return {
    worked: new Set([...arms].filter(([, { worked }]) => worked.count > 0).map(([name]) => name)),
    emulated: namesOf('emulated'),
    mixed: namesOf('mixed'),
  };
};

const describeEmulated = (isolation: string, probe: ProbeResult | undefined): Obstacle => {
  const fix = probe?.fix ?? 'run where /dev/kvm is usable, or set gate_emulated: true';
  return blockRun('required-emulated', `${isolation} is required, but it was emulated in software`, fix);
};

/** One obstacle for each function in which no instance of the isolation ended well. */
const describeUnmeasured = (isolation: string, functions: string[], seen: SeenInstances): Obstacle[] =>
  functions.flatMap((name) => {
    const { all, worked } = seen.functions.get(name)?.arms.get(isolation) ?? NO_INSTANCES;
    if (worked.count > 0) return [];
    const what = all.count === 0 ? 'none was started in a complete block' : `${all.count} of ${all.count} failed`;
    const reason = `${name}: ${isolation} is required, but no instance of it ended well: ${what}`;
    return [blockRun('required-unmeasured', reason, null)];
  });

/**
 * What each isolation with `required: true` lacks, whether a limit names it or not: it could not run, ran only emulated
 * (without `gate_emulated`), or some function has no instance of it that ended well. With any of these the run is not
 * measured.
 * @param seen the instances of the whole run at its end; null during the run, when some functions have not been measured yet
 */
export const unmetRequirements = (
  config: Pick<Config, 'isolations' | 'control' | 'gateEmulated' | 'functions'>,
  probe: ProbeResult[],
  arms: ArmFacts,
  seen: SeenInstances | null,
): Obstacle[] =>
  config.isolations
    .filter(({ required }) => required === true)
    .flatMap(({ name }) => {
      const found = probe.find((result) => result.isolation === name);
      if (found !== undefined && !found.usable && !arms.worked.has(name))
        return [describeUnusable(config, name, found)];
      if (arms.mixed.has(name)) return [describeMixed(name)];
      if (arms.emulated.has(name) && !config.gateEmulated) return [describeEmulated(name, found)];
      return seen === null
        ? []
        : describeUnmeasured(
            name,
            config.functions.map((fn) => fn.name),
            seen,
          );
    });
