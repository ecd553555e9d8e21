import picocolors from 'picocolors';
import type { RunVerdict } from '../../model/metrics.ts';

/** How words look in a terminal; without colour they are left as they are. */
export interface Paint {
  strong: (text: string) => string;
  faint: (text: string) => string;
  code: (text: string) => string;
  verdict: (verdict: RunVerdict, text: string) => string;
}

/** What is written on. */
export interface Sheet {
  width: number;
  proseWidth: number;
  paint: Paint;
}

/** Marks that every terminal font has, one column wide. */
export const TERMINAL_MARKS: Record<RunVerdict, string> = {
  pass: '✔',
  fail: '✖',
  inconclusive: '?',
  'not-measured': '✖',
};

export const createPaint = (hasColor: boolean): Paint => {
  const colors = picocolors.createColors(hasColor);
  const ofVerdict: Record<RunVerdict, (text: string) => string> = {
    pass: colors.green,
    fail: colors.red,
    inconclusive: colors.yellow,
    'not-measured': colors.magenta,
  };
  return {
    strong: colors.bold,
    faint: colors.dim,
    code: colors.cyan,
    verdict: (verdict, text) => ofVerdict[verdict](text),
  };
};
