import { BadInputError } from '../model/errors.ts';
import { show } from './show.ts';

const UNITS_MS = { ms: 1, s: 1e3, m: 60e3, h: 3600e3 } as const;
const UNITS_BYTES = { KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

export const DURATION_PATTERN = /^\d{1,9}(\.\d{1,9})?(ms|s|m|h)$/;
export const SIZE_PATTERN = /^\d{1,9}(\.\d{1,9})?(KB|MB|GB|KiB|MiB|GiB)$/;
export const DURATION_FORMS = 'a number with ms, s, m or h, such as 120s';
export const SIZE_FORMS = 'a number with KB, MB, GB (powers of 1000), KiB, MiB or GiB (of 1024), such as 256MiB';

const amountOf = (text: string): number => Number.parseFloat(text);
const unitOf = (text: string): string => text.replace(/^[\d.]+/, '');

/** Milliseconds of `120s`, `2m`, `500ms`, `1h`. @throws BadInputError */
export const parseDuration = (text: string): number => {
  if (!DURATION_PATTERN.test(text)) {
    throw new BadInputError(`${show(text)}: not a duration; accepted: ${DURATION_FORMS}`);
  }
  return amountOf(text) * UNITS_MS[unitOf(text) as keyof typeof UNITS_MS];
};

/** Whole bytes of `256MiB`, `40MB`. @throws BadInputError */
export const parseSize = (text: string): number => {
  if (!SIZE_PATTERN.test(text)) throw new BadInputError(`${show(text)}: not a size; accepted: ${SIZE_FORMS}`);
  return Math.round(amountOf(text) * UNITS_BYTES[unitOf(text) as keyof typeof UNITS_BYTES]);
};
