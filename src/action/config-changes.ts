import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { messageOf } from '../model/errors.ts';

const MAX_SHOWN = 20;
const MAX_VALUE = 80;

type Leaves = Map<string, unknown>;

function leavesOf(value: unknown, path: string, into: Leaves): Leaves {
  const isMap = value !== null && typeof value === 'object' && !Array.isArray(value);
  if (!isMap || Object.keys(value).length === 0) return into.set(path, value);
  for (const [key, child] of Object.entries(value)) leavesOf(child, path === '' ? key : `${path}.${key}`, into);
  return into;
}

const show = (leaves: Leaves, path: string): string => {
  if (!leaves.has(path)) return 'absent';
  const value = leaves.get(path);
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'empty')).slice(0, MAX_VALUE);
};

/** What a pull request changes in isogate.yml, one `key: base → head` each; meaning, not layout, is compared. */
export function configChanges(baseText: string, headText: string | null): string[] {
  if (headText === null) return ['In the pull request it is missing or not a regular file'];
  try {
    const options = { maxAliasCount: 100, logLevel: 'error' } as const;
    const base = leavesOf(parse(baseText, options), '', new Map());
    const head = leavesOf(parse(headText, options), '', new Map());
    const differing = [...new Set([...base.keys(), ...head.keys()])].filter(
      (path) => !isDeepStrictEqual(base.get(path), head.get(path)),
    );
    if (differing.length === 0) return ['Only its layout or comments differ'];
    const shown = differing.slice(0, MAX_SHOWN).map((path) => `${path}: ${show(base, path)} → ${show(head, path)}`);
    return differing.length > MAX_SHOWN ? [...shown, `${differing.length - MAX_SHOWN} more`] : shown;
  } catch (error) {
    return [`The pull request’s version cannot be read: ${messageOf(error).split('\n')[0]}`];
  }
}
