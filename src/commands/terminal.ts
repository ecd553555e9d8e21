/** What this process can show: where its results go, and where its progress goes. */

import { WriteStream } from 'node:tty';
import { startLiveView } from '../progress/live-view.ts';
import { startPlainView } from '../progress/plain-view.ts';
import type { CommandContext } from './context.ts';

type Env = CommandContext['env'];

/** Where the width is not known, as in a pipe: wide enough for the table, and narrow enough for the logs of most services. */
const DEFAULT_WIDTH = 120;
/** Longer lines of prose are hard to read, however wide the terminal is. */
const LONGEST_PROSE = 100;

/** By Node's own rules: FORCE_COLOR, NO_COLOR, NODE_DISABLE_COLORS, TERM, and whether it is a terminal at all. */
const hasColor = ({ isTTY }: { isTTY?: boolean }, env: Env): boolean =>
  (isTTY === true || env['FORCE_COLOR'] !== undefined) && WriteStream.prototype.getColorDepth(env) > 2;

export function lookOf(stream: Partial<Pick<WriteStream, 'isTTY' | 'columns'>>, env: Env): CommandContext['look'] {
  const width = stream.columns || Number(env['COLUMNS']) || DEFAULT_WIDTH;
  const proseWidth = stream.isTTY === true ? Math.min(width, LONGEST_PROSE) : null;
  return { width, proseWidth, hasColor: hasColor(stream, env) };
}

/** A line that changes needs a terminal that can move its cursor, and somebody who looks at it. */
const isLive = ({ isTTY }: { isTTY?: boolean }, env: Env): boolean =>
  isTTY === true && env['TERM'] !== 'dumb' && !env['CI'];

/** @param writeLine writes one line of progress where nothing is redrawn */
export const createOpenView =
  (stream: WriteStream, env: Env, writeLine: (line: string) => void): CommandContext['openView'] =>
  ({ verbose }) =>
    isLive(stream, env) && !verbose
      ? startLiveView(stream, hasColor(stream, env))
      : startPlainView(writeLine, { verbose });
