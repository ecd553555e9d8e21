import type { CheckInput } from './finding.ts';

const digits = (value: number): number => Number(value.toPrecision(3));

/** A cost, or a difference of two, with three significant digits: `12.3 ms`, `1.5 MiB`, `4096 bytes`. */
export const showCost = (value: number, unit: CheckInput['unit']): string => {
  if (unit === 'ms') return `${digits(value)} ms`;
  return Math.abs(value) >= 2 ** 20 ? `${digits(value / 2 ** 20)} MiB` : `${Math.round(value)} bytes`;
};

/** A distance on the scale on which is decided: `2.13 %` of a ratio, else as a cost. */
export const showDistance = (value: number, { scale, unit }: Pick<CheckInput, 'scale' | 'unit'>): string =>
  scale === 'ratio' ? `${digits(100 * Math.expm1(value))} %` : showCost(value, unit);
