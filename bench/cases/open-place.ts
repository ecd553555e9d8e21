/** A user's repository with the functions of all cases, and the isogate.yml of the case at hand. */

import { pbkdf2Sync } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchCase, type CaseFunction, EMULATED } from './list-cases.ts';

export interface CasePlace {
  configPath: string;
  cacheDir: string;
  /** Empty for each case. */
  outDir: string;
  prepare(one: BenchCase): void;
  remove(): void;
}

const HANDLERS: Record<CaseFunction, string> = {
  document: 'work.mjs#document',
  hash: 'work.mjs#hash',
  files: 'files.py:handler',
};

/** The time of one function; the rest is as it is where isogate.yml says nothing. */
const CASE_TIME = '60s';

export function openPlace(root: string): CasePlace {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-bench-cases-'));
  // Functions and guests run as users of their own, who have to get at the images.
  chmodSync(directory, 0o755);
  cpSync(join(root, 'bench/cases-function'), join(directory, 'function'), { recursive: true });
  const iterationsPerMs = countIterations();
  const place = { configPath: join(directory, 'isogate.yml'), outDir: join(directory, 'out') };
  return {
    ...place,
    cacheDir: join(directory, 'cache'),
    prepare(one) {
      rmSync(place.outDir, { recursive: true, force: true });
      mkdirSync(place.outDir);
      const iterations = Math.round(iterationsPerMs * (one.callMs ?? 1));
      writeFileSync(join(directory, 'event.json'), JSON.stringify({ id: 1, files: 900, iterations }));
      // YAML has all of JSON in it.
      writeFileSync(place.configPath, JSON.stringify(documentOf(one), null, 2));
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export const documentOf = ({ name, function: fn, arms, gateEmulated }: BenchCase): object => ({
  name,
  functions: { [name]: { directory: 'function', handler: HANDLERS[fn], events: 'event.json' } },
  isolations: {
    native: {},
    ...Object.fromEntries(Object.keys(arms).map((arm) => [arm, arm === EMULATED ? { accelerator: ['tcg'] } : {}])),
  },
  budgets: Object.fromEntries(Object.entries(arms).filter(([, limits]) => Object.keys(limits).length > 0)),
  ...(gateEmulated && { gate_emulated: true }),
  measure: { time: CASE_TIME },
});

const TRIAL_ITERATIONS = 50_000;

/** The fastest of a few trials, as others may run on this machine. */
function countIterations(): number {
  const tookMs = Array.from({ length: 5 }, () => {
    const startMs = performance.now();
    pbkdf2Sync('isogate', 'salt', TRIAL_ITERATIONS, 32, 'sha256');
    return performance.now() - startMs;
  });
  return Number((TRIAL_ITERATIONS / Math.min(...tookMs)).toPrecision(2));
}
