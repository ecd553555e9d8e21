import { median } from 'simple-statistics';
import { formatMs } from '../lib/format.ts';
import type { PhasesMs } from '../model/metrics.ts';
import type { InstanceRecord, Samples } from '../model/samples.ts';
import type { Section, Text } from './document.ts';

/** Broken or hostile runs could make the list very long; samples.jsonl has all of it. */
const MAX_FAILURES = 20;

/** Instances that failed, grouped by their error, the most frequent first. They prevent a pass. */
export function failuresSection({ instances }: Samples): Section | null {
  const sorted = groupFailures(instances);
  if (sorted.length === 0) return null;
  const items = sorted.slice(0, MAX_FAILURES).map(failureText);
  if (sorted.length > MAX_FAILURES) items.push(`${sorted.length - MAX_FAILURES} more kinds: see samples.jsonl`);
  return { title: 'Instances that failed', folded: false, blocks: [{ kind: 'list', items }] };
}

/** Failed instances of the same function, isolation and error together, the most frequent first. */
export const groupFailures = (instances: InstanceRecord[]): InstanceRecord[][] =>
  [
    ...groupBy(
      instances.filter((one) => one.status !== 'ok'),
      (one) => [one.function, one.isolation, one.status, one.phase, one.error],
    ).values(),
  ].sort((a, b) => b.length - a.length);

function groupBy(
  instances: InstanceRecord[],
  keyOf: (one: InstanceRecord) => unknown[],
): Map<string, InstanceRecord[]> {
  const groups = new Map<string, InstanceRecord[]>();
  for (const one of instances) {
    const key = JSON.stringify(keyOf(one));
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}

function failureText(group: InstanceRecord[]): Text {
  const one = group[0];
  if (!one) return '';
  const phase = one.phase ? ` in ${one.phase}` : '';
  const count = group.length === 1 ? 'once' : `${group.length} times`;
  return [
    { code: one.function },
    ' under ',
    { code: one.isolation },
    `: ${one.status}${phase}, ${count}`,
    one.error ? `: ${one.error}` : '',
  ];
}

const PHASES = ['spawned', 'created', 'booted', 'ready', 'first_response'] as const satisfies (keyof PhasesMs)[];

export function phasesSection({ instances }: Samples): Section | null {
  const measured = instances.filter((one) => one.status === 'ok');
  const groups = groupBy(measured, (one) => [one.function, one.revision, one.isolation]);
  if (groups.size === 0) return null;
  const rows = [...groups.values()].map(phaseRow);
  const head = ['Function', 'Isolation', 'Starts', 'Spawned', 'Created', 'Booted', 'Ready', 'First response'];
  return {
    title: 'Start-up phases: median (smallest to largest), since the start',
    folded: true,
    blocks: [{ kind: 'table', head, align: ['l', 'l', 'r', 'r', 'r', 'r', 'r', 'r'], rows }],
  };
}

function phaseRow(group: InstanceRecord[]): Text[] {
  const one = group[0];
  const revision = one?.revision === 'base' ? ', base' : '';
  return [
    { code: one?.function ?? '' },
    [{ code: one?.isolation ?? '' }, revision],
    String(group.length),
    ...PHASES.map((phase) => phaseText(group.map((instance) => instance.phases_ms[phase]))),
  ];
}

function phaseText(values: (number | null | undefined)[]): string {
  const known = values.filter((value) => value !== null && value !== undefined);
  if (known.length === 0) return '–';
  return `${formatMs(median(known))} (${formatMs(Math.min(...known))} to ${formatMs(Math.max(...known))})`;
}

/** For one instance of each isolation: what the host saw, and what the guest reported before user code was loaded. */
export function evidenceSection({ instances }: Samples): Section | null {
  const shown = new Map<string, InstanceRecord>();
  for (const one of instances) if (one.evidence && !shown.has(one.isolation)) shown.set(one.isolation, one);
  if (shown.size === 0) return null;
  return {
    title: 'Evidence of the isolations',
    folded: true,
    blocks: [...shown].flatMap(([isolation, one]): Section['blocks'] => [
      { kind: 'paragraph', text: { code: isolation } },
      { kind: 'code', text: evidenceText(one) },
    ]),
  };
}

function evidenceText({ evidence }: InstanceRecord): string {
  if (!evidence) return '';
  return [
    ...Object.entries(evidence.host).map(([key, value]) => `host   ${key} = ${value}`),
    ...Object.entries(evidence.guest).map(([key, value]) => `inside ${key} = ${value}`),
    ...evidence.contradictions.map((text) => `CONTRADICTION ${text}`),
  ]
    .map((line) => line.replaceAll(/[\r\n]+/g, ' '))
    .join('\n');
}

export function fingerprintSection({ header }: Samples): Section | null {
  const entries = Object.entries(header.fingerprint);
  if (entries.length === 0) return null;
  const text = entries.map(([key, value]) => `${key} = ${value}`.replaceAll(/[\r\n]+/g, ' ')).join('\n');
  return { title: 'Fingerprint', folded: true, blocks: [{ kind: 'code', text }] };
}
