import { parseDuration } from '../config/parse-quantity.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import { COMMIT_ID } from '../model/git.ts';

export const DEFAULT_CONFIG = 'isogate.yml';

/** What commands that take a run call it in their help. */
export const RUN_ARGUMENT = 'directory of a run (--out), or its samples.jsonl';

const bad = (option: string, value: string, accepted: string): BadInputError =>
  new BadInputError(`${option}: ${JSON.stringify(value)}: not accepted; accepted: ${accepted}`);

/** Milliseconds above zero. @throws BadInputError */
export const durationOption =
  (option: string) =>
  (value: string): number => {
    try {
      const ms = parseDuration(value);
      if (ms > 0) return ms;
    } catch (error) {
      throw new BadInputError(`${option}: ${messageOf(error)}`, { cause: error });
    }
    throw bad(option, value, 'a duration above zero, such as 120s');
  };

/** @throws BadInputError */
export const countOption =
  (option: string) =>
  (value: string): number => {
    if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
    throw bad(option, value, 'a whole number from 1 to 999999');
  };

/** @throws BadInputError */
export const seedOption = (value: string): number => {
  const seed = Number(value);
  if (/^\d{1,10}$/.test(value) && seed < 2 ** 31) return seed;
  throw bad('--seed', value, `a whole number from 0 to ${2 ** 31 - 1}`);
};

/** @throws BadInputError */
export const commitOption = (value: string): string => {
  if (COMMIT_ID.test(value)) return value;
  throw bad('--commit', value, 'a full commit hash of 40 or 64 hexadecimal digits');
};
