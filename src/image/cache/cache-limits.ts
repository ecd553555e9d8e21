import { parseSize } from '../../config/parse-quantity.ts';
import { BadInputError, messageOf } from '../../model/errors.ts';

export interface CacheLimits {
  /** Of all entries of one cache. */
  maxBytes: number;
  /** What stays free in the file system of the cache, for everything else on the machine. */
  freeBytes: number;
}

const DEFAULTS: CacheLimits = { maxBytes: 20 * 2 ** 30, freeBytes: 2 ** 30 };

/**
 * What the machine's owner allows: the configuration of a repository has no say in it.
 * @throws BadInputError naming the variable and what is accepted
 */
export function readCacheLimits(env: NodeJS.ProcessEnv = process.env): CacheLimits {
  const read = (name: string, otherwise: number): number => {
    const value = env[name];
    if (value === undefined || value === '') return otherwise;
    try {
      return parseSize(value);
    } catch (error) {
      throw new BadInputError(`${name}: ${messageOf(error)}`, { cause: error });
    }
  };
  return {
    maxBytes: read('ISOGATE_CACHE_MAX', DEFAULTS.maxBytes),
    freeBytes: read('ISOGATE_CACHE_FREE', DEFAULTS.freeBytes),
  };
}
