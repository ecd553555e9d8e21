import { type Loose, literal, mapping, showValue } from './read-data.ts';

const MAX_STEPS = 10;
/** Of one value, and of all values of a file together. Variables that stand for several others grow without end otherwise. */
const MAX_LENGTH = 32 * 2 ** 10;
const MAX_EXPANSIONS = 1000;
const MAX_LENGTH_OF_FILE = 4 * 2 ** 20;
const MAX_EXPANSIONS_OF_FILE = 100_000;
const MAX_PROBLEMS = 20;

/** How much the variables of a file have used up. */
export interface VariableLimits {
  length: number;
  expansions: number;
  /** What became too large, one line each. */
  problems: string[];
}

export const newLimits = (): VariableLimits => ({ length: 0, expansions: 0, problems: [] });

class TooLarge extends Error {}

/** `self:custom.stage` below the document. */
const lookUp = (document: Loose, path: string): unknown => {
  let value: unknown = document;
  for (const key of path.split('.').filter((part) => part !== ''))
    value = Object.hasOwn(mapping(value), key) ? mapping(value)[key] : undefined;
  // What Serverless Framework fills in where the file has none.
  if (value === undefined && path === 'provider.stage') return 'dev';
  if (value === undefined && path === 'provider.region') return 'us-east-1';
  return value;
};

/**
 * What Serverless Framework makes of `${…}` where the file alone decides: `self:` and the default of an option that nobody
 * gives. Everything else (`ssm:`, `cf:`, `env:`, `file:`) stays as it is, and so does a value that becomes too large.
 */
export const resolveVariables = (document: Loose, value: unknown, limits: VariableLimits = newLimits()): unknown => {
  const before = limits.expansions;
  const grow = (length: number): void => {
    limits.length += length;
    if (length > MAX_LENGTH || limits.length > MAX_LENGTH_OF_FILE)
      throw new TooLarge('its variables stand for more than 32 KiB, or for more than 4 MiB in the whole file');
  };
  const expand = (): void => {
    limits.expansions += 1;
    if (limits.expansions - before > MAX_EXPANSIONS || limits.expansions > MAX_EXPANSIONS_OF_FILE)
      throw new TooLarge('it takes more than 1000 variables, or more than 100000 in the whole file');
  };
  const resolveOne = (inner: string, steps: number): unknown => {
    for (const part of inner.split(',').map((one) => one.trim())) {
      expand();
      if (/^opt:/.test(part)) continue;
      const quoted = /^(["'])(.*)\1$/.exec(part);
      if (quoted) return quoted[2];
      if (!part.startsWith('self:')) return undefined;
      const found = lookUp(document, part.slice('self:'.length));
      if (typeof found === 'string') grow(found.length);
      if (found !== undefined) return resolve(found, steps + 1);
    }
    return inner.trim() === 'sls:stage' ? 'dev' : undefined;
  };
  const resolve = (given: unknown, steps: number): unknown => {
    if (typeof given !== 'string' || steps > MAX_STEPS) return given;
    const whole = /^\$\{([^${}]+)\}$/.exec(given);
    if (whole) return resolveOne(whole[1] ?? '', steps) ?? given;
    let length = 0;
    const replaced = given.replaceAll(/\$\{([^${}]+)\}/g, (text, inner: string) => {
      const put = literal(resolveOne(inner, steps)) ?? text;
      length += put.length;
      if (length > MAX_LENGTH) grow(length);
      return put;
    });
    if (replaced === given) return given;
    grow(replaced.length);
    return resolve(replaced, steps + 1);
  };
  try {
    return resolve(value, 0);
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    if (limits.problems.length < MAX_PROBLEMS) limits.problems.push(`${showValue(value)}: ${error.message}`);
    return value;
  }
};
