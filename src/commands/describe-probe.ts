import { oneLine } from '../lib/text.ts';
import type { HostDetails, HostFacts, ProbeResult } from '../model/probe.ts';

/** Columns that most terminals have. Commands are never broken over lines, so that they can be copied. */
const WIDTH = 100;
const INDENT = 4;
const EARLIER = '@: found by an earlier run, at this time (UTC); isogate probe --fresh boots everything again';

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
const joinKnown = (...parts: (string | null | false)[]): string => parts.filter(Boolean).join(', ');

const describeCpu = ({ cpuModel, cpus }: HostFacts, details?: HostDetails): string => {
  if (!details) return joinKnown(cpuModel, plural(cpus, 'CPU'));
  const { sockets, cores, smt, microcode, governors, turbo } = details;
  const smtText = { on: 'SMT on', off: 'SMT off', none: 'no SMT' }[smt];
  return joinKnown(
    cpuModel,
    microcode !== null && `microcode ${microcode}`,
    `${plural(cpus, 'CPU')} (${plural(sockets, 'socket')}, ${plural(cores, 'core')}, ${smtText})`,
    governors.length > 0 && `governor ${governors.join('+')}`,
    turbo !== null && `turbo ${turbo}`,
  );
};

const describeMemory = ({ memoryBytes }: HostFacts, details?: HostDetails): string =>
  joinKnown(
    gib(memoryBytes),
    details !== undefined && details.availableMemoryBytes !== null && `${gib(details.availableMemoryBytes)} available`,
    details !== undefined && details.swapUsedBytes > 0 && `${gib(details.swapUsedBytes)} swapped out`,
    details?.transparentHugePages != null && `transparent huge pages ${details.transparentHugePages}`,
    details?.ksm === true && 'KSM on',
    details !== undefined && details.numaNodes > 1 && plural(details.numaNodes, 'NUMA node'),
  );

const describeKernel = (host: HostFacts, details?: HostDetails): string =>
  joinKnown(
    `Linux ${host.kernel}`,
    `cgroup ${details && details.cgroupLayout !== host.cgroup ? details.cgroupLayout : host.cgroup}`,
    host.virtualised === null ? 'on bare metal' : `on a virtual machine: ${host.virtualised}`,
    details !== undefined && details.kvm.length > 0 && `KVM by ${details.kvm.join(' and ')}`,
    details?.clocksource != null && `clock ${details.clocksource}`,
  );

const describeLoad = ({ loadAverage }: HostFacts, details?: HostDetails): string => {
  const share = (what: string, value: number | null): string | false => value !== null && `${what} ${value} %`;
  const { cpu = null, memory: ram = null, io = null } = details?.pressurePercent ?? {};
  return joinKnown(
    `average ${loadAverage.toFixed(2)}`,
    share('waiting for CPU', cpu),
    share('for memory', ram),
    share('for disks', io),
    share('stolen', details?.stealPercent ?? null),
  );
};

/** How many of the CPU's known weaknesses are mitigated; the list itself is in the JSON. */
const describeMitigations = ({ mitigations: all }: HostFacts): string => {
  const states = Object.values(all);
  const count = (pattern: RegExp): number => states.filter((state) => pattern.test(state)).length;
  const open = Object.entries(all).flatMap(([name, state]) => (/^Vulnerable/.test(state) ? [name] : []));
  return joinKnown(
    `${count(/^Mitigation/)} in force`,
    `${count(/^Not affected/)} not needed`,
    open.length > 0 && `vulnerable: ${open.join(' ')}`,
  );
};

const describeHost = (host: HostFacts): string[] => {
  const rows: [string, string][] = [
    ['CPU', describeCpu(host, host.details)],
    ['memory', describeMemory(host, host.details)],
    ['kernel', describeKernel(host, host.details)],
    ['load', describeLoad(host, host.details)],
  ];
  if (Object.keys(host.mitigations).length > 0) rows.push(['mitigations', describeMitigations(host)]);
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.flatMap(([name, text]) => {
    const [first = '', ...more] = wrapWords(text, WIDTH, width);
    return [`${name.padEnd(width)}${first}`, ...more];
  });
};

const describeState = ({ usable, emulated }: ProbeResult): string => {
  if (!usable) return 'not usable';
  return emulated ? 'emulated' : 'usable';
};

/** Month, day and time of the earlier run whose proof this is. */
const describeAge = ({ provedAt }: ProbeResult): string =>
  provedAt === undefined ? '' : ` @ ${provedAt.slice(5, 16).replace('T', ' ')}`;

const describeProof = (result: ProbeResult): string => {
  const { usable, provedMs, accelerator } = result;
  if (!usable || provedMs === null) return `–${describeAge(result)}`;
  return `${provedMs.toFixed(0)} ms${accelerator === null ? '' : ` ${accelerator}`}${describeAge(result)}`;
};

const paragraph = (name: string, text: string): string[] => {
  const label = `${' '.repeat(INDENT)}${name} `;
  const [first = '', ...more] = wrapWords(text, WIDTH, label.length);
  return [`${label}${first}`, ...more];
};

const describeNotes = ({ usable, reason, fix, notes }: ProbeResult): string[] => [
  ...(usable ? [] : paragraph('why ', reason ?? 'unknown')),
  ...(usable || fix === null ? [] : [`${' '.repeat(INDENT)}fix  ${oneLine(fix)}`]),
  ...notes.flatMap((note) => paragraph('note', note)),
];

const cut = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(1, columns - 1))}…`;

/** One line for each isolation, and below it why it does not work, the fix and notes. */
const describeIsolations = (isolations: ProbeResult[]): string[] => {
  const rows = [
    ['isolation', 'here', 'first answer', 'version'],
    ...isolations.map((one) => [one.isolation, describeState(one), describeProof(one), oneLine(one.version ?? '–')]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)) + 2);
  const line = (row: string[]): string => {
    const start = widths.map((width, column) => (row[column] ?? '').padEnd(width)).join('');
    return `${start}${cut(row[3] ?? '', WIDTH - start.length)}`;
  };
  return rows.flatMap((row, index) => {
    const result = isolations[index - 1];
    return [line(row), ...(result ? describeNotes(result) : [])];
  });
};

/** Host, isolations and warnings for people, in a hundred columns. */
export const describeProbe = (host: HostFacts, isolations: ProbeResult[]): string => {
  const lines = [
    ...describeHost(host),
    '',
    ...describeIsolations(isolations),
    ...(isolations.some(({ provedAt }) => provedAt !== undefined) ? ['', EARLIER] : []),
    ...(host.warnings.length > 0 ? [''] : []),
    ...host.warnings.flatMap(({ message }) => wrapWords(`warning: ${message}`, WIDTH, 2)),
  ];
  return `${lines.join('\n')}\n`;
};

/** Lines of at most `width` columns, all but the first indented. A longer word stays whole, and so does a `command`. */
const wrapWords = (text: string, width: number, indent: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/(?:`[^`]*`|\S)+/g) ?? []) {
    const room = width - indent;
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one, index) => (index === 0 ? one : `${' '.repeat(indent)}${one}`));
};
