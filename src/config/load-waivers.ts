import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { readBounded } from '../lib/read-bounded.ts';
import type { Waiver } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import { parseWaivers, WAIVERS_FILE } from './parse-waivers.ts';
import { isInside } from './workspace.ts';

const MAX_BYTES = 64 * 1024;

/**
 * The waivers of the working tree, none where it has no such file.
 * @param workspace real path of the repository's top
 * @throws BadInputError one line that names file, line, key, value and what is accepted
 */
export const loadWaivers = (workspace: string, gate: string): Waiver[] => {
  const path = join(workspace, WAIVERS_FILE);
  if (!existsSync(path)) return [];
  const file = realpathSync(path);
  if (!isInside(workspace, file))
    throw new BadInputError(`${WAIVERS_FILE}: leads to ${file}, outside the workspace ${workspace}`);
  return parseWaivers(readBounded(file, MAX_BYTES, WAIVERS_FILE), WAIVERS_FILE, gate);
};
