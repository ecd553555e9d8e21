/** What could not be used of the samples. */

import { sum } from 'simple-statistics';
import { formatDuration } from '../lib/format.ts';
import type { Config } from '../model/config.ts';
import type { InstanceRecord, Samples } from '../model/samples.ts';
import type { Warning } from '../model/warnings.ts';
import { type SeenClocks, seeClocks } from './clock-warnings.ts';
import { listComparisons } from './list-comparisons.ts';

/** What a file's instances show, complete blocks or not. */
export interface SampleFacts {
  /** `FUNCTION/ISOLATION` of what is not in the configuration. */
  unknown: ReadonlySet<string>;
  /** Isolations of which at least one instance ended well. */
  worked: ReadonlySet<string>;
  /** How the peak of memory was found, where the kernel did not tell it. */
  sampled: string | undefined;
  /** Of functions in whose instances a clock jumped. */
  clocks: SeenClocks[];
}

/** Gathers them, function by function. */
export const gatherSampleFacts = (config: Config): { facts: SampleFacts; see(instances: InstanceRecord[]): void } => {
  const known = new Set(config.functions.map(({ name }) => name));
  const isolations = new Set(config.isolations.map(({ name }) => name));
  const unknown = new Set<string>();
  const worked = new Set<string>();
  const facts: SampleFacts = { unknown, worked, sampled: undefined, clocks: [] };
  return {
    facts,
    see(instances) {
      facts.clocks.push(...seeClocks(instances));
      for (const { function: name, isolation, status, evidence } of instances) {
        if (!known.has(name) || !isolations.has(isolation)) unknown.add(`${name}/${isolation}`);
        if (status === 'ok') worked.add(isolation);
        const source = evidence?.host['memory_peak'];
        if (source !== 'kernel') facts.sampled ??= source;
      }
    },
  };
};

/** @param beyond functions with more blocks than may count */
export const sampleWarnings = (
  samples: Pick<Samples, 'header' | 'end' | 'ignored' | 'plans'>,
  config: Config,
  { unknown, worked, sampled }: SampleFacts,
  incomplete: number,
  beyond: string[],
): Warning[] => {
  const { tornLines, unknownLines } = samples.ignored;
  const cutOff = [...(samples.plans ?? [])].flatMap(([name, attempts]) => {
    const last = attempts.at(-1)?.cutOff;
    return last ? [{ name, ...last }] : [];
  });
  const contradicted = (samples.header.probe ?? [])
    .filter(({ isolation, usable }) => !usable && worked.has(isolation))
    .map(({ isolation }) => isolation);
  const limited = new Set(listComparisons(config).map(({ metric }) => metric));
  const all: [boolean, string, string][] = [
    [tornLines > 0, 'torn-lines', `${tornLines} torn line at the end of the samples was left out`],
    [unknownLines > 0, 'unknown-lines', `${unknownLines} lines of unknown type in the samples were left out`],
    [incomplete > 0, 'incomplete-blocks', `${incomplete} incomplete blocks were left out`],
    [
      unknown.size > 0,
      'unknown-arms',
      `not in the configuration and left out: ${[...unknown].slice(0, 10).join(', ')}`,
    ],
    [
      beyond.length > 0,
      'blocks-beyond-cap',
      `${beyond.join(', ')}: more blocks than measure.max_blocks, or the plan, allows were left out`,
    ],
    [
      contradicted.length > 0,
      'probe-contradicted',
      `the header says that ${contradicted.join(', ')} cannot run, but instances of it ended well; it is gated as usual`,
    ],
    [
      limited.has('memory_peak') && sampled !== undefined,
      'memory-peak-sampled',
      `memory_peak has a limit, but this kernel has no peak that can be set back (Linux 6.12 has), so it was ${sampled}: a peak that lasts shorter may be missed, in each arm alike`,
    ],
    [
      cutOff.length > 0,
      'time-budget',
      `the time budget of ${formatDuration(cutOff[0]?.budgetMs ?? 0)} was too short to decide everything in ${cutOff.map(({ name }) => name).join(', ')}: what is open there is not measured; raise it by ${formatDuration(sum(cutOff.map(({ neededMs }) => neededMs)))} at least`,
    ],
    [
      samples.end?.reason === 'interrupted',
      'interrupted',
      'the run was interrupted; the verdict rests on what was measured before',
    ],
  ];
  return all.filter(([applies]) => applies).map(([, code, message]) => ({ code, message }));
};
