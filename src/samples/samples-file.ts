/** Flow part: where a run's samples are. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInputError, messageOf } from '../model/errors.ts';

/** @throws BadInputError where there is nothing */
export const samplesFile = async (path: string): Promise<string> => {
  try {
    return (await stat(path)).isDirectory() ? join(path, 'samples.jsonl') : path;
  } catch (error) {
    throw new BadInputError(`${path}: ${messageOf(error)}; accepted: a run's directory, or its samples.jsonl`);
  }
};
