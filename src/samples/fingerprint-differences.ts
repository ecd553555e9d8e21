import type { Fingerprint } from '../model/probe.ts';

const show = (value: string | undefined): string =>
  value === undefined ? 'absent' : value.replaceAll(/\s+/g, ' ').slice(0, 100);

/** One text like `kernel 6.1 → 6.12` for each key that differs, sorted by key; empty where both are the same. */
export const fingerprintDifferences = (then: Fingerprint, now: Fingerprint): string[] => {
  const of = (fingerprint: Fingerprint, key: string) =>
    Object.hasOwn(fingerprint, key) ? fingerprint[key] : undefined;
  return [...new Set([...Object.keys(then), ...Object.keys(now)])]
    .sort()
    .filter((key) => of(then, key) !== of(now, key))
    .map((key) => `${key} ${show(of(then, key))} → ${show(of(now, key))}`);
};
