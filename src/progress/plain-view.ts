import { formatDuration } from '../lib/format.ts';
import type { FunctionProgress } from '../model/progress.ts';
import { renderFunctionTable } from '../report/function-table.ts';
import { describeEnd, describeName, describeStage, describeStates, describeWidest } from './describe-progress.ts';
import type { ProgressView } from './progress-view.ts';

/** A log that is silent for longer looks dead, and some runners take it for dead. */
const EVERY_MS = 10_000;
const TABLE_WIDTH = 120;

export interface PlainOptions {
  everyMs?: number;
  /** A line for each block. */
  verbose?: boolean;
}

/** For logs and pipes: whole lines only, and of each function one in ten seconds, besides the line at its end. */
export function startPlainView(write: (line: string) => void, options: PlainOptions = {}): ProgressView {
  const { everyMs = EVERY_MS, verbose = false } = options;
  let last = 'starting';
  let saidMs = performance.now();
  let beganMs = saidMs;
  let current: FunctionProgress | null = null;
  let blocksSaid = 0;
  const say = (line: string): void => {
    saidMs = performance.now();
    write(line);
  };
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (nowMs - saidMs < everyMs) return;
    say(current === null ? `… ${formatDuration(nowMs - beganMs)} since: ${last}` : describeFunction(current));
  }, everyMs / 10);
  timer.unref();
  return {
    log(line) {
      last = line;
      say(line);
      beganMs = saidMs;
    },
    progress(state) {
      if (state.function !== current?.function) blocksSaid = 0;
      current = state.stage === 'done' ? null : state;
      if (state.stage === 'done') {
        last = `${describeName(state)} · ${describeEnd(state)}`;
        say(last);
        const table = renderFunctionTable(state, { width: TABLE_WIDTH, hasColor: false });
        for (const line of table.length > 0 ? [...table, ''] : []) write(line);
        beganMs = saidMs;
      } else if (verbose && state.blocks > blocksSaid) {
        blocksSaid = state.blocks;
        say(describeFunction(state));
      }
    },
    stop: () => clearInterval(timer),
  };
}

function describeFunction(state: FunctionProgress): string {
  const { open, decided, futile } = describeStates(state.isolations);
  const widest = state.findWidest();
  return [
    describeName(state),
    describeStage(state),
    [decided && `decided: ${decided}`, futile && `given up: ${futile}`, open && `open: ${open}`]
      .filter(Boolean)
      .join('; '),
    widest === null ? '' : `widest: ${describeWidest(widest)}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}
