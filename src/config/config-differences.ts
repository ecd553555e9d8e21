import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../model/errors.ts';
import { hideEnvValues } from './env.ts';
import { parseYaml } from './parse-yaml.ts';

const MAX_SHOWN = 20;
const MAX_VALUE = 80;

/** A key whose value differs between two versions of isogate.yml: its dotted path, and both values as text. */
interface ConfigDifference {
  path: string;
  base: string;
  head: string;
}

type Leaves = Map<string, unknown>;

function collectLeaves(value: unknown, path: string, into: Leaves): Leaves {
  const isMapping = value !== null && typeof value === 'object' && !Array.isArray(value);
  if (!isMapping || Object.keys(value).length === 0) return into.set(path, value);
  for (const [key, child] of Object.entries(value)) collectLeaves(child, path === '' ? key : `${path}.${key}`, into);
  return into;
}

const showLeaf = (leaves: Leaves, path: string): string => {
  if (!leaves.has(path)) return 'absent';
  const value = leaves.get(path);
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'empty')).slice(0, MAX_VALUE);
};

function compareValues(baseValue: unknown, headValue: unknown): ConfigDifference[] {
  const base = collectLeaves(hideEnvValues(baseValue), '', new Map());
  const head = collectLeaves(hideEnvValues(headValue), '', new Map());
  return [...new Set([...base.keys(), ...head.keys()])]
    .filter((path) => !isDeepStrictEqual(base.get(path), head.get(path)))
    .map((path) => ({ path, base: showLeaf(base, path), head: showLeaf(head, path) }));
}

/** What a pull request changes in isogate.yml, one text for each key; the meaning is compared, not the layout. */
export function describeConfigDifferences(baseText: string, headText: string | null): string[] {
  if (headText === null) return ['In the pull request it is missing or not a regular file'];
  let read = 'base';
  try {
    const base = parseYaml(baseText, 'isogate.yml').value;
    read = 'pull request';
    const differences = compareValues(base, parseYaml(headText, 'isogate.yml').value);
    if (differences.length === 0) return ['Only its layout or comments differ'];
    const shown = differences.slice(0, MAX_SHOWN).map(({ path, base, head }) => `${path}: ${base} → ${head}`);
    const left = differences.length - shown.length;
    return left > 0 ? [...shown, `${left} more`] : shown;
  } catch (error) {
    return [`The ${read}’s version cannot be read: ${messageOf(error)}`];
  }
}
