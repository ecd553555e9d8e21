/** What bench:cases measures: functions from 25 µs to 3 s, limits near and far, with arms beside that have no limit. */

import type { Metric } from '../../src/model/metrics.ts';

export type CaseFunction = 'document' | 'hash' | 'files';

export interface BenchCase {
  name: string;
  /** The function in a few words. */
  what: string;
  function: CaseFunction;
  /** Of `hash`: how long one call is to take. */
  callMs?: number;
  /** By isolation its limits; none for an arm that is only shown. */
  arms: Record<string, Partial<Record<Metric, string>>>;
  /** Emulated arms are gated too. */
  gateEmulated?: true;
}

/** An emulated VM, whether or not there is a KVM. */
export const EMULATED = 'qemu-microvm';

const BENCH_CASES: BenchCase[] = [
  {
    ...{ name: 'document-far', what: 'JSON, 25 µs', function: 'document' },
    arms: { runc: { latency: '+50%' } },
  },
  {
    ...{ name: 'document-near', what: 'JSON, 25 µs', function: 'document' },
    arms: { bubblewrap: { latency: '+3%' } },
  },
  {
    ...{ name: 'document-beside', what: 'JSON, 25 µs', function: 'document' },
    arms: { runc: { latency: '+50%' }, gvisor: {}, [EMULATED]: {} },
  },
  {
    ...{ name: 'files-init', what: 'opens 900 files, 10 ms', function: 'files' },
    arms: { runc: { latency: '+50%' }, gvisor: {} },
  },
  {
    ...{ name: 'files-breach', what: 'opens 900 files, 10 ms', function: 'files' },
    arms: { gvisor: { latency: '+50%' } },
  },
  {
    ...{ name: 'cold-far', what: 'cold start of Node', function: 'document' },
    arms: { runc: { cold_start: '+1s' } },
  },
  {
    ...{ name: 'cold-near', what: 'cold start of Node', function: 'document' },
    arms: { bubblewrap: { cold_start: '+10ms' } },
  },
  {
    ...{ name: 'cold-emulated', what: 'cold start of Node', function: 'document' },
    ...{ arms: { [EMULATED]: { cold_start: '+60s' } }, gateEmulated: true },
  },
  {
    ...{ name: 'tenth-beside', what: 'computes for 0.1 s', function: 'hash', callMs: 100 },
    arms: { runc: { latency: '+30%', cold_start: '+2s' }, gvisor: { latency: '+30%' }, [EMULATED]: {} },
  },
  {
    ...{ name: 'half-second', what: 'computes for 0.5 s', function: 'hash', callMs: 500 },
    arms: { gvisor: { latency: '+50%' } },
  },
  {
    ...{ name: 'second-beside', what: 'computes for 1 s', function: 'hash', callMs: 1000 },
    arms: { runc: { latency: '+50%' }, bubblewrap: {} },
  },
  {
    ...{ name: 'three-seconds', what: 'computes for 3 s', function: 'hash', callMs: 3000 },
    arms: { runc: { latency: '+50%' } },
  },
];

/** @throws Error naming what is accepted */
export const selectBenchCases = (names: string[]): BenchCase[] => {
  const unknown = names.find((name) => !BENCH_CASES.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new Error(`--only ${unknown}: no such case; accepted: ${BENCH_CASES.map(({ name }) => name).join(', ')}`);
  return BENCH_CASES.filter(({ name }) => names.length === 0 || names.includes(name));
};
