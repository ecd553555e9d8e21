import type { Fingerprint } from '../model/probe.ts';

const show = (value: string | undefined): string =>
  value === undefined ? 'absent' : value.replaceAll(/\s+/g, ' ').slice(0, 100);

const of = (fingerprint: Fingerprint, key: string): string | undefined =>
  Object.hasOwn(fingerprint, key) ? fingerprint[key] : undefined;

/** The keys that differ, sorted. */
export const differingKeys = (then: Fingerprint, now: Fingerprint): string[] =>
  [...new Set([...Object.keys(then), ...Object.keys(now)])].sort().filter((key) => of(then, key) !== of(now, key));

/** One text like `kernel 6.1 → 6.12` for each key that differs, sorted by key; empty where both are the same. */
export const fingerprintDifferences = (then: Fingerprint, now: Fingerprint): string[] =>
  differingKeys(then, now).map((key) => `${key} ${show(of(then, key))} → ${show(of(now, key))}`);
