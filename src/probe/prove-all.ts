/** The proofs of many isolations, a few at a time. */

import type { IsolationConfig } from '../model/config.ts';
import type { ProbeResult } from '../model/probe.ts';
import { isVm, type ProofBench, proveIsolation } from './prove.ts';

/**
 * Guests of all monitors at once: where KVM hangs, they hang together and not one after another. Of the others a few,
 * so that a hanging engine holds up nobody.
 */
const LANES = { vms: 4, others: 3 };

/** In the order of `configs`; `onResult` is called as each is known. */
export async function proveAll(
  configs: IsolationConfig[],
  bench: ProofBench,
  onResult: (result: ProbeResult) => void,
): Promise<ProbeResult[]> {
  const results = new Map<IsolationConfig, ProbeResult>();
  const prove = async (config: IsolationConfig): Promise<void> => {
    const result = await proveIsolation(config, bench);
    results.set(config, result);
    onResult(result);
  };
  const [vms, others] = [configs.filter(isVm), configs.filter((config) => !isVm(config))];
  await Promise.all([inLanes(others, LANES.others, prove), inLanes(vms, LANES.vms, prove)]);
  return configs.map((config) => results.get(config) as ProbeResult);
}

async function inLanes<T>(items: T[], lanes: number, run: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
}
