import type { Problem } from './problem.ts';
import { show } from './show.ts';

// Keys that a record of the schema library skips, so that they would vanish without a word.
const RESERVED = ['__proto__', 'constructor', 'prototype'];

interface Mapping {
  [key: string]: Mapping;
}
/** Where isogate.yml has mappings; `*`: free names. */
const MAPPINGS: Mapping = {
  functions: { '*': { budgets: { '*': {} } } },
  isolations: { '*': {} },
  budgets: { '*': {} },
  regression: { floor: {} },
  resources: {},
  measure: {},
};

/** What the schema library lets pass: lists where mappings are wanted, and reserved words, which it drops, as names. */
export const checkDocument = (value: unknown, path: readonly PropertyKey[] = [], mapping = MAPPINGS): Problem[] => {
  if (Array.isArray(value)) return [{ path, message: `${show(value)}: must be a mapping, not a list` }];
  if (typeof value !== 'object' || value === null) return [];
  const names = mapping['*'];
  return Object.entries(value).flatMap(([key, child]) => {
    if (names && RESERVED.includes(key))
      return { path: [...path, key], message: 'a reserved word; choose another name' };
    const inner = names ?? (Object.hasOwn(mapping, key) ? mapping[key] : undefined);
    return inner ? checkDocument(child, [...path, key], inner) : [];
  });
};
