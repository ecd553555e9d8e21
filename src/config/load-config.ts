import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileErrorText, readBounded } from '../lib/read-bounded.ts';
import { oneLine } from '../lib/text.ts';
import type { Config, Waiver } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import { ALLOW_FILE, readAllowedPaths } from './allowed-paths.ts';
import { loadWaivers } from './load-waivers.ts';
import { parseConfig } from './parse-config.ts';
import { MAX_YAML_BYTES, parseYaml } from './parse-yaml.ts';
import { findWorkspace, isInside, type Place } from './workspace.ts';

export interface LoadOptions {
  /** Decides instead of the file's own text: the base revision's configuration. Paths stay relative to the file. */
  text?: string;
  /** False: paths are taken as they stand (to decide again, the functions need not be there). Default true. */
  checkPaths?: boolean;
  /** The workspace, where the caller knows it. Default: the git top level that contains the file. */
  workspace?: string;
  /** In place of the working tree's own. */
  waivers?: Waiver[];
  /** Paths outside the workspace that were given on the command line. */
  allowedPaths?: string[];
  /** List of more such paths, kept by the machine's owner. */
  allowFile?: string;
}

const asBadInput = <T>(path: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    const hint = 'give the config with --config, or write one with isogate init';
    throw new BadInputError(`${oneLine(path)}: ${fileErrorText(error)}; ${hint}`, { cause: error });
  }
};

/** Text of a config file that no link leads out of the workspace. */
const readText = (path: string, root: string): string => {
  const file = asBadInput(path, () => realpathSync(path));
  if (isInside(root, file)) return readBounded(file, MAX_YAML_BYTES, oneLine(path));
  throw new BadInputError(`${oneLine(path)}: leads to ${file}, outside the workspace ${root}`);
};

/** Where the config's paths start and what they may not leave. No link between the two leads out. */
const placeOf = (path: string, workspace: string | undefined): Place => {
  const directory = dirname(resolve(path));
  const base = asBadInput(path, () => realpathSync(directory));
  const { root, leaves } =
    workspace === undefined
      ? findWorkspace(directory, base)
      : { root: realpathSync(workspace), leaves: isInside(realpathSync(workspace), base) ? null : workspace };
  if (leaves === null) return { base, root };
  throw new BadInputError(`${oneLine(path)}: its directory leads to ${base}, outside the workspace ${leaves}`);
};

/**
 * Reads isogate.yml (at most 256 KiB). Its paths are relative to its directory and stay, after symbolic links, inside
 * the workspace: the git top level that contains it, or its directory where there is none.
 * @throws BadInputError one line that names file, line, key, value and what is accepted
 */
export const loadConfig = async (path: string, options: LoadOptions = {}): Promise<Config> => {
  const { base, root } = placeOf(path, options.workspace);
  const text = options.text ?? readText(path, root);
  const { value, lines } = parseYaml(text, oneLine(path));
  const checksPaths = options.checkPaths ?? true;
  const config = parseConfig(value, {
    source: path,
    root: checksPaths ? root : null,
    base,
    lines,
    allowedPaths: () => [...(options.allowedPaths ?? []), ...readAllowedPaths(options.allowFile ?? ALLOW_FILE)],
  });
  // To decide again, what the samples say is in force.
  return checksPaths ? { ...config, waivers: options.waivers ?? loadWaivers(root, config.name) } : config;
};
