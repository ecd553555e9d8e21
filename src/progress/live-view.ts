import type { WriteStream } from 'node:tty';
import picocolors from 'picocolors';
import { formatDuration } from '../lib/format.ts';
import { logLine } from '../lib/text.ts';
import type { FunctionProgress } from '../model/progress.ts';
import { renderFunctionTable } from '../report/function-table.ts';
import { describeEnd, describeName, describeStage, describeStates, describeWidest } from './describe-progress.ts';
import type { ProgressView } from './progress-view.ts';
import { columnsOf, openScreen } from './screen.ts';

const EVERY_MS = 500;
/** What takes less needs no line that says that it is still going on. */
const SAY_AFTER_MS = 1_000;

type Colors = ReturnType<typeof picocolors.createColors>;

/** For terminals: lines that stay, and below them one that shows what goes on now. */
export function startLiveView(stream: WriteStream, hasColor: boolean): ProgressView {
  const colors = picocolors.createColors(hasColor);
  const screen = openScreen(stream);
  let current: FunctionProgress | null = null;
  let last = '';
  let lastMs = performance.now();
  const draw = (): void => {
    const sinceMs = performance.now() - lastMs;
    if (current !== null) screen.draw(describeLive(current, colors));
    else screen.draw(sinceMs < SAY_AFTER_MS ? '' : colors.dim(`… ${formatDuration(sinceMs)} since: ${last}`));
  };
  const timer = setInterval(draw, EVERY_MS);
  timer.unref();
  const say = (line: string, styled: string): void => {
    last = line;
    lastMs = performance.now();
    stream.write(`${styled}\n`);
  };
  return {
    log: (line) => say(logLine(line), logLine(line)),
    progress(state) {
      current = state.stage === 'done' ? null : state;
      if (current !== null) return;
      screen.draw('');
      const mark = state.reason === 'decided' ? colors.green('✔') : colors.yellow('–');
      const end = `${describeName(state)} · ${describeEnd(state)}`;
      const table = renderFunctionTable(state, { width: columnsOf(stream), hasColor });
      say(end, [`${mark} ${end}`, ...(table.length > 0 ? [...table, ''] : [])].join('\n'));
    },
    stop() {
      clearInterval(timer);
      screen.close();
    },
  };
}

function describeLive(state: FunctionProgress, colors: Colors): string {
  const { open, decided, futile } = describeStates(state.isolations);
  const widest = state.findWidest();
  return [
    colors.bold(describeName(state)),
    describeStage(state),
    decided && colors.green(`✔ ${decided}`),
    futile && colors.dim(`– ${futile}`),
    open && colors.yellow(`… ${widest === null ? open : describeWidest(widest)}`),
  ]
    .filter(Boolean)
    .join('  ');
}
