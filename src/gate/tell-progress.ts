import type { FunctionProgress, MeasuringProgress } from '../model/progress.ts';
import type { EndRecord } from '../model/samples.ts';
import type { StoppingRule } from './stopping-rule.ts';

export interface ProgressTeller {
  measuring: (change: Partial<MeasuringProgress>) => void;
  done: (reason: EndRecord['reason']) => void;
}

/** Joins what measuring knows of a function with what the stopping rule knows of its isolations. */
export function tellProgress(
  place: Pick<FunctionProgress, 'function' | 'place' | 'of'>,
  rule: Pick<StoppingRule, 'isolations' | 'findWidest'>,
  decideNow: FunctionProgress['decideNow'],
  tell: ((state: FunctionProgress) => void) | undefined,
): ProgressTeller {
  const startMs = performance.now();
  let now: MeasuringProgress = {
    stage: 'pilot',
    blocks: 0,
    mostBlocks: null,
    leftMs: null,
    running: null,
  };
  const send = (end: Partial<FunctionProgress>): void =>
    tell?.({
      ...place,
      ...now,
      tookMs: performance.now() - startMs,
      reason: null,
      isolations: rule.isolations(),
      findWidest: rule.findWidest,
      decideNow,
      ...end,
    });
  return {
    measuring(change) {
      now = { ...now, ...change };
      send({});
    },
    done: (reason) => send({ stage: 'done', reason }),
  };
}
