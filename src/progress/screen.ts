/** One line at the end of a terminal that is redrawn in place, below whatever else is written there. */

import type { WriteStream } from 'node:tty';
import sliceAnsi from 'slice-ansi';
import stringWidth from 'string-width';

export interface Screen {
  /** Shows this line in place of the one before; an empty one shows nothing. */
  draw: (line: string) => void;
  /** Leaves the terminal as if the line had never been there. May be called twice. */
  close: () => void;
}

const ESCAPE = '\u001b[';
const DEFAULT_COLUMNS = 80;

export const columnsOf = ({ columns }: Pick<WriteStream, 'columns'>): number => columns || DEFAULT_COLUMNS;

/**
 * Until it is closed, what anybody in this process writes to the stream appears above the line, so that a warning of Node or of
 * a library cannot tear it. Neither the cursor nor any mode of the terminal is changed: a killed process leaves nothing to mend.
 */
export function openScreen(stream: WriteStream): Screen {
  const { write } = stream;
  const raw = (text: string): boolean => write.call(stream, text);
  let line = '';
  let drawn = '';
  /** To the first column of what is drawn, and everything from there on removed. */
  const erasing = (): string => {
    if (drawn === '') return '';
    // In a terminal that has become narrower the line fills several rows.
    const rows = Math.floor((stringWidth(drawn) - 1) / columnsOf(stream));
    drawn = '';
    return `\r${rows > 0 ? `${ESCAPE}${rows}A` : ''}${ESCAPE}J`;
  };
  const redraw = (): void => {
    // In the last column some terminals already break the line.
    const next = sliceAnsi(line, 0, columnsOf(stream) - 1);
    if (next === drawn) return;
    raw(erasing() + next);
    drawn = next;
  };
  const above = ((...args: Parameters<typeof write>): boolean => {
    const [chunk] = args;
    const start = erasing();
    if (start !== '') raw(start);
    const isDrained = write.apply(stream, args);
    if (endsLine(chunk)) redraw();
    return isDrained;
  }) as typeof write;
  const close = (): void => {
    process.off('exit', close);
    stream.off('resize', redraw);
    if (stream.write === above) stream.write = write;
    const start = erasing();
    if (start !== '') raw(start);
    line = '';
  };
  stream.write = above;
  stream.on('resize', redraw);
  process.on('exit', close);
  return {
    draw(next) {
      line = next;
      redraw();
    },
    close,
  };
}

const NEWLINE = 10;

const endsLine = (chunk: string | Uint8Array): boolean =>
  typeof chunk === 'string' ? chunk.endsWith('\n') : chunk.at(-1) === NEWLINE;
