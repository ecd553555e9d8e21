import { type Loose, mapping, readYaml, showValue } from './read-data.ts';
import { below, directoryOf, type Repository } from './repository.ts';

const INCLUDED = /^\$\{file\(([^)${}]+)\)(?::([\w.]+))?\}$/;

/** What `${file(path):key}` stands for; a problem where that cannot be read, null where the value is no such text. */
const readIncluded = (
  repository: Repository,
  directory: string,
  value: unknown,
): { value: unknown } | { problem: string } | null => {
  const [, name, key] = (typeof value === 'string' && INCLUDED.exec(value)) || [];
  if (name === undefined) return null;
  const path = below(directory, name);
  if (!/\.(ya?ml|json)$/.test(path) || !repository.has(path))
    return { problem: `${showValue(value)}: no YAML or JSON file of that name` };
  const { value: read, problem } = readYaml(repository, path);
  if (problem !== null) return { problem };
  return { value: key === undefined ? read : Object.hasOwn(read, key) ? read[key] : undefined };
};

/** Functions by name: out of a mapping, a list of mappings, and files of their own. */
export const readServerlessFunctions = (
  repository: Repository,
  file: string,
  given: unknown,
): { functions: Loose; notes: string[] } => {
  const functions: Loose = {};
  const notes: string[] = [];
  const read = (value: unknown): unknown => {
    const included = readIncluded(repository, directoryOf(file), value);
    if (included === null) return value;
    if ('value' in included) return included.value;
    notes.push(included.problem);
    return {};
  };
  for (const part of Array.isArray(given) ? given : [given]) {
    const value = read(part);
    if (typeof value === 'string') notes.push(`functions of ${showValue(value)} are not known here`);
    else for (const [name, one] of Object.entries(mapping(value))) functions[name] = read(one);
  }
  return { functions, notes };
};
