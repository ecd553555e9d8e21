/** The table of what replays cost, and whether the aims are met. */

import { markdownTable } from 'markdown-table';
import { linearRegression } from 'simple-statistics';
import type { ReplayCost } from './run-replay.ts';
import type { LineKind } from './write-samples.ts';

export interface ScaleRow extends ReplayCost {
  kind: LineKind;
  functions: number;
  bytes: number;
}

/** For a file of a gigabyte, on one CPU. */
const AIMS = { bytes: 1e9, seconds: 60, peakBytes: 1e9, exponent: 1.1 };

/** The slope of ln(seconds) over ln(bytes): 1 where time grows as the file does. Null with one size only. */
export const fitExponent = (rows: Pick<ScaleRow, 'bytes' | 'cpuSeconds'>[]): number | null =>
  new Set(rows.map(({ bytes }) => bytes)).size < 2
    ? null
    : linearRegression(rows.map(({ bytes, cpuSeconds }) => [Math.log(bytes), Math.log(cpuSeconds)])).m;

/** What misses an aim, one line each. Files that are smaller than a gigabyte have to meet the aims as well. */
export const missedAims = (rows: ScaleRow[]): string[] => [
  ...rows.flatMap(({ kind, bytes, seconds, peakBytes }) => {
    const what = `${kind}, ${megabytes(bytes)} MB`;
    return [
      ...(seconds < AIMS.seconds ? [] : [`${what}: ${seconds.toFixed(1)} s, aim < ${AIMS.seconds} s`]),
      ...(peakBytes < AIMS.peakBytes
        ? []
        : [`${what}: ${megabytes(peakBytes)} MB of memory, aim < ${megabytes(AIMS.peakBytes)} MB`]),
    ];
  }),
  ...kindsOf(rows).flatMap((kind) => {
    const exponent = fitExponent(rows.filter((row) => row.kind === kind));
    return exponent === null || exponent < AIMS.exponent
      ? []
      : [`${kind}: exponent ${exponent.toFixed(2)}, aim < ${AIMS.exponent}`];
  }),
];

const kindsOf = (rows: ScaleRow[]): LineKind[] => [...new Set(rows.map(({ kind }) => kind))];

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

export const renderScale = (rows: ScaleRow[]): string => {
  const table = markdownTable(
    [
      ['lines', 'functions', 'MB', 'seconds', 'CPU, s', 'MB a second', 'peak memory, MB', 'exit'],
      ...rows.map(({ kind, functions, bytes, seconds, cpuSeconds, peakBytes, code }) => [
        kind,
        String(functions),
        megabytes(bytes),
        seconds.toFixed(2),
        cpuSeconds.toFixed(2),
        (bytes / 1e6 / seconds).toFixed(1),
        megabytes(peakBytes),
        String(code),
      ]),
    ],
    { align: ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'r'] },
  );
  const exponents = kindsOf(rows).flatMap((kind) => {
    const exponent = fitExponent(rows.filter((row) => row.kind === kind));
    return exponent === null ? [] : [`${kind}: CPU time grows as size to the power of ${exponent.toFixed(2)}`];
  });
  return [table, '', ...exponents].join('\n');
};
