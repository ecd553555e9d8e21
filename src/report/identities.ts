import { formatBytes, formatEstimate, formatMs, METRIC_NAMES } from '../lib/format.ts';
import type { HostFacts, ProbeResult } from '../model/probe.ts';
import type { Samples } from '../model/samples.ts';
import type { NoiseEstimate, VerdictDocument } from '../model/verdict.ts';
import { type Section, type Text, toInlines } from './document.ts';

const section = (title: string, folded: boolean, ...blocks: Section['blocks']): Section => ({ title, folded, blocks });

/** How the A/A control differs from the control is noise. It says nothing about bias in the other arms. */
export function noiseSection({ noise }: VerdictDocument): Section | null {
  const rows = Object.entries(noise.byFunction).flatMap(([name, metrics]) =>
    Object.entries(metrics).map(([metric, estimate]): Text[] => [
      { code: name },
      nameMetric(metric),
      noiseText(estimate),
    ]),
  );
  if (rows.length === 0) return null;
  return section(
    'Noise floor',
    true,
    {
      kind: 'paragraph',
      text: 'A second control arm, the A/A control, ran in every block. It differs from the control by:',
    },
    { kind: 'table', head: ['Function', 'Metric', 'A/A control against control'], align: ['l', 'l', 'r'], rows },
  );
}

const nameMetric = (metric: string): string => (METRIC_NAMES as Record<string, string>)[metric] ?? metric;

const noiseText = (noise: NoiseEstimate | undefined): string => (noise ? formatEstimate({ ...noise, unit: 'x' }) : '–');

export function warningsSection(verdict: VerdictDocument, { end }: Samples): Section | null {
  const items: Text[] = verdict.warnings.map(({ code, message }) => [{ strong: code }, ': ', ...toInlines(message)]);
  // A run that wrote its end record has warned of an interruption itself.
  if (end === null)
    items.push([{ strong: 'unfinished' }, ': the run ended early, so the verdict rests on what was measured before.']);
  return items.length === 0 ? null : section('Warnings', false, { kind: 'list', items });
}

export function hostSection({ header }: Samples): Section {
  const items: Text[] = header.host ? hostItems(header.host) : [];
  for (const [name, image] of Object.entries(header.images ?? {})) {
    items.push([
      'Image of ',
      { code: name },
      `: ${image.runtime}, ${image.digest}`,
      image.source ? `, from ${image.source}` : '',
    ]);
  }
  const rows = (header.probe ?? []).map(probeRow);
  return section(
    'Host and isolations',
    true,
    { kind: 'list', items: [...items, `Run ${header.runId}, attempt ${header.attempt}, seed ${header.seed}`] },
    {
      kind: 'table',
      head: ['Isolation', 'Type', 'Version', 'Accelerator', 'Proven by'],
      align: ['l', 'l', 'l', 'l', 'l'],
      rows,
    },
  );
}

/** Devices, kernel parameters and the like in which one isolation differs from the others. */
export function deviationsSection({ header }: Samples): Section | null {
  const items = (header.probe ?? [])
    .filter(({ usable }) => usable)
    .flatMap(({ isolation, notes }) => notes.map((note): Text => [{ code: isolation }, `: ${note}`]));
  if (items.length === 0) return null;
  return section('Notes on the isolations: what could not be made equal, and more', true, { kind: 'list', items });
}

const hostItems = (host: HostFacts): Text[] => [
  `${host.cpuModel}, ${host.cpus} CPUs, ${formatBytes(host.memoryBytes)}`,
  `Kernel ${host.kernel}, cgroup ${host.cgroup}, ${host.virtualised === null ? 'bare metal' : `virtualised (${host.virtualised})`}`,
];

const probeRow = (one: ProbeResult): Text[] => [
  one.emulated ? [{ code: one.isolation }, ' ', { em: 'emulated' }] : { code: one.isolation },
  one.type,
  one.version ?? '–',
  one.accelerator ?? '–',
  provenBy(one),
];

function provenBy(one: ProbeResult): string {
  if (!one.usable) return `not usable: ${[one.reason, one.fix].filter(Boolean).join('; fix: ')}`;
  return one.provedMs === null ? 'not proven' : `a start of ${formatMs(one.provedMs)}`;
}
