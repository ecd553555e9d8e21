import { markdownTable } from 'markdown-table';
import type { HostFacts, ProbeResult } from '../types.ts';

const detailsOf = (result: ProbeResult): string => {
  const { reason, fix, accelerator, provedMs } = result;
  if (!result.usable) return [reason ?? 'unknown reason', ...(fix === null ? [] : [`fix: ${fix}`])].join('; ');
  const boot = provedMs === null ? [] : [`first response after ${provedMs.toFixed(0)} ms`];
  const under = accelerator === null ? [] : [`under ${accelerator}${result.emulated ? ' (emulated)' : ''}`];
  return [...boot, ...under, ...result.notes].join('; ');
};

const cell = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll('|', String.raw`\|`);

/** A line on the host, a table of its isolations, and the host's warnings, for people. */
export const describeProbe = (host: HostFacts, isolations: ProbeResult[]): string => {
  const rows = isolations.map((result) =>
    [result.isolation, result.usable ? 'usable' : 'not usable', result.version ?? '', detailsOf(result)].map(cell),
  );
  const lines = [
    `${host.cpuModel}, ${host.cpus} CPUs, ${Math.round(host.memoryBytes / 2 ** 20)} MiB, Linux ${host.kernel}, cgroup ${host.cgroup}${host.virtualised === null ? '' : `, virtualised: ${host.virtualised}`}`,
    '',
    markdownTable([['isolation', 'here', 'version', 'details'], ...rows]),
    ...(host.warnings.length > 0 ? [''] : []),
    ...host.warnings.map(({ message }) => `warning: ${message}`),
  ];
  return `${lines.join('\n')}\n`;
};
