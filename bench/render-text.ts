/** Figures and aims as lines for people. */

import type { BenchResult, Measured } from './harness.ts';

export function renderText({ host, measured, dist }: BenchResult): string {
  const load = `load ${host.loadBefore.toFixed(2)} before, ${host.loadAfter.toFixed(2)} after`;
  const lines = [
    `${host.cpuModel}, ${host.cpus} CPUs · Node ${host.node} · ${host.runc} · ${load}`,
    'Medians with quartiles; ratios of pairs with their 95 % intervals.',
    '',
    ...measured.map(figureLine),
    '',
    ...measured.flatMap((one) => (one.aim === null ? [] : [aimLine(one, one.aim)])),
    `${word(dist.bytes < dist.limitBytes)} size of dist: ${dist.bytes} bytes, aim < ${dist.limitBytes} bytes`,
  ];
  return `${lines.join('\n')}\n`;
}

const figureLine = (one: Measured): string =>
  `${one.name}: ${side(one.ours)} · ${one.bareName}: ${side(one.bare)} · ratio ${ratio(one)}, ${one.pairs} pairs`;

function aimLine(one: Measured, aim: number): string {
  const unsure = one.lower <= aim && aim < one.upper ? ' (the aim is inside the interval)' : '';
  return `${word(one.ratio <= aim)} ${one.name}: ratio ${ratio(one)}, aim ≤ ${aim}${unsure}`;
}

const word = (met: boolean): string => (met ? 'met    ' : 'not met');

const ratio = (one: Measured): string => `${one.ratio.toFixed(3)} [${one.lower.toFixed(3)}, ${one.upper.toFixed(3)}]`;

const ms = (value: number): string => value.toFixed(value < 1 ? 4 : 1);
const side = ({ median, quartiles: [from, to] }: Measured['ours']): string =>
  `${ms(median)} ms (${ms(from)}–${ms(to)})`;
