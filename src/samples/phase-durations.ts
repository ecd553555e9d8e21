import { type PhasesMs, START_PHASES, type StartPhase } from '../model/metrics.ts';

/**
 * Milliseconds from each start-up phase to the next, and to the first from the start itself. A phase that the adapter does
 * not know is skipped, and the next one then includes its time. Phases out of order have a duration below zero.
 */
export const phaseDurations = (phases: PhasesMs): Map<StartPhase, number> => {
  const durations = new Map<StartPhase, number>();
  let before = 0;
  for (const phase of START_PHASES) {
    const at = phases[phase];
    if (at == null || !Number.isFinite(at)) continue;
    durations.set(phase, at - before);
    before = at;
  }
  return durations;
};

/** The phases of two sets that begin and end at the same events, so that their durations can be compared. */
export const comparablePhases = (then: Iterable<StartPhase>, now: Iterable<StartPhase>): StartPhase[] => {
  const [earlier, later] = [then, now].map((phases) => {
    const known = new Set(phases);
    return START_PHASES.filter((phase) => known.has(phase));
  });
  const before = (phases: StartPhase[] | undefined, phase: StartPhase) => phases?.[phases.indexOf(phase) - 1];
  return START_PHASES.filter(
    (phase) => earlier?.includes(phase) && later?.includes(phase) && before(earlier, phase) === before(later, phase),
  );
};
