import { BadInputError } from '../model/errors.ts';
import { show } from './problems.ts';

export const MS_BY_UNIT: Record<string, number> = { us: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3600e3 };
export const BYTES_BY_UNIT: Record<string, number> = {
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** A number as isogate.yml has it: without sign or exponent, with at most nine digits before and after the point. */
export const NUMBER = String.raw`\d{1,9}(?:\.\d{1,9})?`;
export const SIZE_UNITS = Object.keys(BYTES_BY_UNIT).join('|');

export const DURATION_PATTERN = new RegExp(`^${NUMBER}(ms|s|m|h)$`);
export const SIZE_PATTERN = new RegExp(`^${NUMBER}(${SIZE_UNITS})$`);
export const DURATION_FORMS = 'a number with ms, s, m or h, such as 120s';
export const SIZE_FORMS = 'a number with KB, MB, GB (powers of 1000), KiB, MiB or GiB (of 1024), such as 256MiB';

/** The unit after the number. */
export const readUnit = (text: string): string => text.replace(/^[+\d.]+/, '');

/** Milliseconds of `120s`, `2m`, `500ms`, `1h`. @throws BadInputError */
export const parseDuration = (text: string): number => {
  if (!DURATION_PATTERN.test(text)) {
    throw new BadInputError(`${show(text)}: not a duration; accepted: ${DURATION_FORMS}`);
  }
  return Number.parseFloat(text) * (MS_BY_UNIT[readUnit(text)] as number);
};

/** Whole bytes of `256MiB`, `40MB`. @throws BadInputError */
export const parseSize = (text: string): number => {
  if (!SIZE_PATTERN.test(text)) throw new BadInputError(`${show(text)}: not a size; accepted: ${SIZE_FORMS}`);
  return Math.round(Number.parseFloat(text) * (BYTES_BY_UNIT[readUnit(text)] as number));
};
