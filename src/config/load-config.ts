import { realpathSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { fileErrorText, readBounded } from '../lib/read-bounded.ts';
import { oneLine } from '../lib/text.ts';
import type { Config, Waiver } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import { readAllowedPaths } from './allowed-paths.ts';
import { defaultGateName } from './gate-name.ts';
import { parseConfig } from './parse-config.ts';
import { MAX_YAML_BYTES, parseYaml } from './parse-yaml.ts';
import { loadWaivers } from './waivers.ts';
import { findWorkspace, isInside } from './workspace.ts';

export interface LoadOptions {
  /**
   * In place of the file's own text: the base revision's configuration, which decides. Paths stay relative to the file.
   */
  text?: string;
  /** False where samples are decided again, for which the functions need not exist: paths are taken as they stand. */
  checkPaths?: boolean;
  /** The workspace, where the caller knows it. Default: the git top level that contains the file. */
  workspace?: string;
  /** In place of those of the working tree. */
  waivers?: Waiver[];
  /** Paths outside the workspace that were given on the command line. */
  allowedPaths?: string[];
  /** File with more such paths, kept by the machine's owner. */
  allowFile?: string;
}

const explainFileError = <T>(path: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    const hint = 'give the config with --config, or write one with isogate init';
    throw new BadInputError(`${oneLine(path)}: ${fileErrorText(error)}; ${hint}`, { cause: error });
  }
};

/** Text of a config file, unless a link leads out of the workspace. */
const readText = (path: string, root: string): string => {
  const file = explainFileError(path, () => realpathSync(path));
  if (isInside(root, file)) return readBounded(file, MAX_YAML_BYTES, oneLine(path));
  throw new BadInputError(`${oneLine(path)}: leads to ${file}, outside the workspace ${root}`);
};

/** Real paths of the config's directory and of the workspace that contains it. */
const findDirectories = (path: string, given: string | undefined): { directory: string; workspace: string } => {
  const directory = explainFileError(path, () => realpathSync(dirname(resolve(path))));
  const { root, leaves } =
    given === undefined
      ? findWorkspace(dirname(resolve(path)), directory)
      : { root: realpathSync(given), leaves: isInside(realpathSync(given), directory) ? null : given };
  if (leaves === null) return { directory, workspace: root };
  throw new BadInputError(`${oneLine(path)}: its directory leads to ${directory}, outside the workspace ${leaves}`);
};

/**
 * Reads isogate.yml (at most 256 KiB). Its paths are relative to its directory and stay, after symbolic links, inside
 * the workspace: the git top level that contains it, or its directory where there is none.
 * @throws BadInputError one line that names file, line, key, value and what is accepted
 */
export const loadConfig = async (path: string, options: LoadOptions = {}): Promise<Config> => {
  const { directory, workspace } = findDirectories(path, options.workspace);
  const text = options.text ?? readText(path, workspace);
  const { value, lines } = parseYaml(text, oneLine(path));
  const gate = defaultGateName(`${relative(workspace, directory)}/${basename(path)}`);
  // The waivers in force are then those of the samples.
  if (options.checkPaths === false) return parseConfig(value, { source: path, gate, paths: null, lines });
  const allowed = () => [...(options.allowedPaths ?? []), ...readAllowedPaths(options.allowFile)];
  const config = parseConfig(value, { source: path, gate, paths: { directory, workspace, allowed }, lines });
  return { ...config, waivers: options.waivers ?? loadWaivers(workspace, config.name) };
};
