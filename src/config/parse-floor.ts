import type { RegressionFloor } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import { AMOUNTS } from './parse-limit.ts';
import { show } from './show.ts';

export type FloorPart = 'share' | 'time' | 'memory';

const NUMBER = String.raw`\d{1,9}(\.\d{1,9})?`;

/** As limits are written: with their sign. Zero switches a part off. */
export const FLOOR_PATTERNS: Record<FloorPart, RegExp> = {
  share: new RegExp(String.raw`^\+${NUMBER}%$`),
  time: new RegExp(String.raw`^\+${NUMBER}(us|ms|s)$`),
  memory: new RegExp(String.raw`^\+${NUMBER}(KB|MB|GB|KiB|MiB|GiB)$`),
};

const FORMS: Record<FloorPart, string> = {
  share: '+1% (+0%: none)',
  time: '+20us, +1ms or +1s (+0us: none)',
  memory: '+256KiB or +1MB (also KB, GB, MiB, GiB; +0KB: none)',
};

const whatIsWrong = (text: string, part: FloorPart): string => {
  const match = /^([+-]?)\d{1,9}(?:\.\d{1,9})?(.*)$/.exec(text);
  if (!match) return 'not a floor';
  const [, sign, unit = ''] = match;
  if (sign === '-') return 'a floor is a growth that is too small to count, so it is never negative';
  if (unit === '') return 'the unit is missing';
  return FLOOR_PATTERNS[part].test(`+${text.replace(/^\+/, '')}`)
    ? 'the sign is missing'
    : `the unit ${show(unit)} does not fit`;
};

/** `"20us": the sign is missing; accepted: …`: what a person should read of a floor that does not match its pattern. */
export const explainFloor = (value: unknown, part: FloorPart): string => {
  const wrong = whatIsWrong(typeof value === 'number' ? `+${value}` : String(value), part);
  return `${show(value)}: ${wrong}; accepted: ${FORMS[part]}`;
};

const amountOf = (text: string, part: FloorPart): number => {
  if (!FLOOR_PATTERNS[part].test(text)) throw new BadInputError(explainFloor(text, part));
  return Number.parseFloat(text) * (AMOUNTS[text.replace(/^[+\d.]+/, '')]?.factor ?? 1);
};

/** `+1%`, `+20us`, `+256KiB` as a factor, milliseconds and bytes. @throws BadInputError */
export const parseFloor = (texts: Record<FloorPart, string>): RegressionFloor => ({
  // (100 + 1) / 100 is the double nearest to 1.01, as for limits.
  ratio: (100 + amountOf(texts.share, 'share')) / 100,
  timeMs: amountOf(texts.time, 'time'),
  memoryBytes: amountOf(texts.memory, 'memory'),
});
