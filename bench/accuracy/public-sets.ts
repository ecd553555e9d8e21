/** Readers of public data sets that are not in this repository. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { groupBy } from '../../src/lib/group-by.ts';
import type { PairedLog } from './tuning-set.ts';

/** Shorter logs have no room for windows that differ. */
const FEWEST_PAIRS = 30;
const CONTROL = 'docker';

const isLongEnough = ({ pairs }: PairedLog): boolean => pairs.length >= FEWEST_PAIRS;

/**
 * `experiments/cold_start/cold-start.csv` of OpenFogStack/unikernel-edge-faas: cold starts in seconds, one line a start, all
 * isolations in turn. The n-th starts of all isolations are a block.
 */
export const parseEdgeFaas = (text: string): PairedLog[] => {
  const rows = text
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','))
    .map(([target = '', language = '', seconds]) => ({ target, language, ms: 1000 * Number(seconds) }))
    .filter(({ ms }) => ms > 0);
  const series = groupBy(rows, ({ target, language }) => `${target} ${language}`);
  return [...series]
    .flatMap(([name, own]): PairedLog[] => {
      const [target, language] = name.split(' ');
      const control = series.get(`${CONTROL} ${language}`) ?? [];
      if (target === CONTROL) return [];
      const pairs = own
        .slice(0, control.length)
        .map(({ ms }, block) => ({ control: [control[block]?.ms ?? 0], treatment: [ms] }));
      return [{ name, injectedPercent: 0, pairs }];
    })
    .filter(isLongEnough);
};

export const readEdgeFaas = (file: string): PairedLog[] => parseEdgeFaas(readFileSync(file, 'utf8'));

/** Both versions ran three times each in one instance. Cold starts are marked, and left out. */
const FAASTER_LINE = /(cold start )?faaster_\w+: modeA f1 ((?:\d+ )+)f2 ((?:\d+ )+)/g;

const toValues = (text: string): number[] => text.trim().split(' ').map(Number);

/** @param name of a log, whose first number is the injected slowdown in percent */
export const parseFaaster = (text: string, name: string): PairedLog => {
  const pairs = [...text.matchAll(FAASTER_LINE)]
    .filter(([, cold]) => cold === undefined)
    .map(([, , control = '', treatment = '']) => ({ control: toValues(control), treatment: toValues(treatment) }))
    .filter(({ control, treatment }) => [...control, ...treatment].every((value) => value > 0));
  return { name, injectedPercent: Number(/_(\d+)_/.exec(basename(name))?.[1] ?? 0), pairs };
};

const listLogs = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.log'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** So many pairs in a row tell logs apart. */
const SAME_PAIRS = 10;

const marks = ({ pairs }: PairedLog): string[] =>
  pairs.slice(SAME_PAIRS - 1).map((_, from) => JSON.stringify(pairs.slice(from, from + SAME_PAIRS)));

/**
 * `analysis/` of martingrambow/faasterBench. Logs that share ten pairs in a row with the tuning set, or with a log before them,
 * are left out.
 */
export const readFaaster = (directory: string, tuning: PairedLog[]): PairedLog[] => {
  const seen = new Set(tuning.flatMap(marks));
  return listLogs(directory)
    .map((file) => parseFaaster(readFileSync(file, 'utf8'), relative(directory, file).replace(/\.log$/, '')))
    .filter(isLongEnough)
    .filter((log) => {
      const own = marks(log);
      if (own.some((mark) => seen.has(mark))) return false;
      for (const mark of own) seen.add(mark);
      return true;
    });
};
