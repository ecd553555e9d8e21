/** Boot times and memory as lines for people. */

import type { BootComparison, BootResult } from './boot.ts';
import type { Ratio } from './pairs.ts';

export function renderBoot({ host, comparisons }: BootResult): string {
  const load = `load ${host.loadBefore.toFixed(2)} before, ${host.loadAfter.toFixed(2)} after`;
  const { distribution, built } = host.kernels;
  const lines = [
    `${host.cpuModel}, ${host.cpus} CPUs · Node ${host.node} · ${host.qemu}, ${host.accelerator} · ${load}`,
    `The distribution's kernel is ${distribution}, the built one ${built}.`,
    'Medians with quartiles; ratios of pairs with their 95 % intervals.',
    ...comparisons.flatMap(comparisonLines),
    '',
    ...comparisons.flatMap((one) => (one.aim === null ? [] : [aimLine(one, one.aim)])),
  ];
  return `${lines.join('\n')}\n`;
}

const comparisonLines = (one: BootComparison): string[] => [
  '',
  `${one.name} · against ${one.bareName}, ${one.bootedMs.pairs} pairs`,
  `  to booted:        ${sides(one.bootedMs, (value) => `${value.toFixed(0)} ms`)}`,
  `  charged to it:    ${sides(one.chargedBytes, mib)}`,
  `  QEMU's own (PSS): ${sides(one.pssBytes, mib)}`,
];

const sides = (value: Ratio, show: (value: number) => string): string =>
  `${side(value.ours, show)} · ${side(value.bare, show)} · ratio ${ratio(value)}`;

const side = ({ median, quartiles: [from, to] }: Ratio['ours'], show: (value: number) => string): string =>
  `${show(median)} (${show(from)}–${show(to)})`;

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function aimLine({ name, bareName, bootedMs }: BootComparison, aim: number): string {
  const unsure = bootedMs.lower <= aim && aim < bootedMs.upper ? ' (the aim is inside the interval)' : '';
  const word = bootedMs.ratio <= aim ? 'met    ' : 'not met';
  return `${word} ${name} against ${bareName}: ratio ${ratio(bootedMs)}, aim ≤ ${aim}${unsure}`;
}

const ratio = (one: Ratio): string => `${one.ratio.toFixed(3)} [${one.lower.toFixed(3)}, ${one.upper.toFixed(3)}]`;
