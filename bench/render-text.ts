/** Figures and aims as lines for people. */

import type { BenchResult, Measured } from './harness.ts';

export function renderText({ host, measured, dist }: BenchResult): string {
  const lines = [
    `${host.cpuModel}, ${host.cpus} CPUs · Node ${host.node} · ${host.runc} · load ${host.loadBefore.toFixed(2)} → ${host.loadAfter.toFixed(2)}`,
    'Medians with quartiles; ratio of pairs with its 95 % interval.',
    '',
    ...measured.map(
      (one) =>
        `${one.name}: ${side(one.ours)} · ${one.bareName}: ${side(one.bare)} · ratio ${ratio(one)} of ${one.pairs} pairs`,
    ),
    '',
    ...measured.flatMap((one) =>
      one.aim === null ? [] : [aimLine(one.ratio <= one.aim, one.name, ratio(one), `≤ ${one.aim}`)],
    ),
    aimLine(dist.bytes < dist.limitBytes, 'size of dist', `${dist.bytes} bytes`, `< ${dist.limitBytes} bytes`),
  ];
  return `${lines.join('\n')}\n`;
}

const aimLine = (met: boolean, name: string, figure: string, aim: string): string =>
  `${met ? 'met    ' : 'NOT MET'} ${name}: ${figure}, aim ${aim}`;

const ratio = (one: Measured): string => `${one.ratio.toFixed(3)} [${one.lower.toFixed(3)}, ${one.upper.toFixed(3)}]`;

const ms = (value: number): string => value.toFixed(value < 1 ? 4 : 1);
const side = ({ median, quartiles: [from, to] }: Measured['ours']): string =>
  `${ms(median)} ms (${ms(from)}–${ms(to)})`;
