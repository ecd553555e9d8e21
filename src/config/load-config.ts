import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BadInputError } from '../errors.ts';
import type { Config } from '../types.ts';
import { ALLOW_FILE, readAllowedPaths } from './allowed-paths.ts';
import { parseConfig } from './parse-config.ts';
import { parseYaml } from './parse-yaml.ts';
import { fileErrorText, readBounded } from './read-bounded.ts';
import { findWorkspace, isInside } from './workspace.ts';

const MAX_BYTES = 256 * 1024;

export interface LoadOptions {
  /** Decides instead of the file's own text: the base revision's configuration. Paths stay relative to the file. */
  text?: string;
  /** False: paths are taken as they stand (to decide again, the functions need not be there). Default true. */
  checkPaths?: boolean;
  /** Paths outside the workspace that were given on the command line. */
  allowedPaths?: string[];
  /** List of more such paths, kept by the machine's owner. */
  allowFile?: string;
}

const realPlace = (path: string): { file: string; base: string; root: string } => {
  try {
    const base = realpathSync(dirname(resolve(path)));
    return { file: realpathSync(path), base, root: findWorkspace(base) };
  } catch (error) {
    throw new BadInputError(
      `${path}: ${fileErrorText(error)}; give the config with --config, or write one with isogate init`,
      {
        cause: error,
      },
    );
  }
};

/**
 * Reads isogate.yml (at most 256 KiB). Its paths are relative to its directory and stay, after symbolic links, inside
 * the workspace: the git top level that contains it, or its directory where there is none.
 * @throws BadInputError one line that names file, line, key, value and what is accepted
 */
export const loadConfig = async (path: string, options: LoadOptions = {}): Promise<Config> => {
  const { file, base, root } = realPlace(path);
  if (!isInside(root, file)) throw new BadInputError(`${path}: leads to ${file}, outside the workspace ${root}`);
  const { value, lines } = parseYaml(options.text ?? readBounded(file, MAX_BYTES, path), path);
  const checksPaths = options.checkPaths ?? true;
  return parseConfig(value, {
    source: path,
    root: checksPaths ? root : null,
    base,
    lines,
    allowedPaths: () => [...(options.allowedPaths ?? []), ...readAllowedPaths(options.allowFile ?? ALLOW_FILE)],
  });
};
