/** Names of gates. Each has a check, comments and baselines of its own. */

import { posix } from 'node:path';
import { sha256 } from '../lib/digest.ts';
import { parseYaml } from './parse-yaml.ts';

const LONGEST = 100;
/** Parts as other names have them, with slashes between them. */
export const GATE_NAME = /^(?=.{1,100}$)[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
export const GATE_NAME_FORMS = 'up to 100 letters, digits, dots, dashes, underscores and single slashes';

/** Of a configuration at the top of the repository under its usual name. */
const TOP = 'isogate';

/**
 * The name of a gate whose configuration gives it none: the directory of the configuration, so that two packages of a
 * repository do not share a check.
 * @param file below the top of the repository, with slashes
 */
export function defaultGateName(file: string): string {
  const way = posix.basename(file) === 'isogate.yml' ? posix.dirname(file) : file.replace(/\.ya?ml$/, '');
  const name = way
    .split('/')
    .map((part) => part.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, ''))
    .filter((part) => part !== '')
    .join('/');
  if (name === '') return TOP;
  if (name.length <= LONGEST) return name;
  const digest = sha256(file).slice(0, 8);
  return `${name.slice(0, LONGEST - 9).replace(/[^A-Za-z0-9]+$/, '')}-${digest}`;
}

/** The name of the gate in the text of an isogate.yml that has not been checked yet; the default where it has none. */
export function readGateName(text: string | null, file: string): string {
  try {
    const name: unknown = Object(parseYaml(text ?? '', file).value).name;
    return typeof name === 'string' && GATE_NAME.test(name) ? name : defaultGateName(file);
  } catch {
    return defaultGateName(file);
  }
}
