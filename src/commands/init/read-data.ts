import { parse as parseTomlText } from 'smol-toml';
import { parseYaml, TaggedValue } from '../../config/parse-yaml.ts';
import type { LineIndex } from '../../config/problems.ts';
import { oneLine, shorten } from '../../lib/text.ts';
import { messageOf } from '../../model/errors.ts';
import type { Repository } from './repository.ts';
import { withoutComments } from './without-comments.ts';

/** A mapping of somebody else's file, in which nothing is sure. */
export type Loose = Record<string, unknown>;

/** The value as a mapping; an empty one where it is none. */
export const mapping = (value: unknown): Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof TaggedValue)
    ? (value as Loose)
    : {};

export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The value as a text that stands there literally; null where it is none. */
export const literal = (value: unknown): string | null => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
};

export const wholeNumber = (value: unknown): number | null => {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number > 0 ? number : null;
};

/** A value that is not a literal, in a few words for a note. */
export const showValue = (value: unknown): string => {
  if (value instanceof TaggedValue) return value.text;
  return shorten(oneLine(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')), 60);
};

export interface Data {
  value: Loose;
  lines: LineIndex;
  /** Why it could not be read. */
  problem: string | null;
}

/** A YAML (or JSON) file, in which values with tags of the file's own tool are kept as such. */
export const readYaml = (repository: Repository, path: string): Data => {
  try {
    const { value, lines } = parseYaml(repository.read(path), path, { keepTags: true });
    return { value: mapping(value), lines, problem: null };
  } catch (error) {
    // The place is named beside the problem.
    const problem = messageOf(error).replace(`${path}:`, 'line ').replace('line  ', '');
    return { value: {}, lines: () => null, problem };
  }
};

export const readJson = (repository: Repository, path: string): Loose => {
  try {
    return mapping(JSON.parse(repository.read(path)));
  } catch {
    return {};
  }
};

/** Comments and trailing commas, as tsconfig.json has them, are left out before parsing. */
export const readJsonWithComments = (repository: Repository, path: string): Loose => {
  const text = withoutComments(repository.read(path));
  try {
    return mapping(JSON.parse(text.replaceAll(/,(\s*[}\]])/g, '$1')));
  } catch {
    return {};
  }
};

export const readToml = (repository: Repository, path: string): Data => {
  try {
    return { value: mapping(parseTomlText(repository.read(path))), lines: () => null, problem: null };
  } catch (error) {
    return { value: {}, lines: () => null, problem: `not valid TOML: ${oneLine(messageOf(error)).slice(0, 120)}` };
  }
};

/** `template.yaml:12`, or the file alone where the line is not known. */
export const placeOf = (path: string, lines: LineIndex, keys: PropertyKey[]): string => {
  const line = lines(keys);
  return line === null ? path : `${path}:${line}`;
};
