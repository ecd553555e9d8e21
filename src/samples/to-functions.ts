import { groupBy } from '../lib/group-by.ts';
import type { Samples, SamplesByFunction } from '../model/samples.ts';

/** The same samples, function by function. */
export const toFunctions = (samples: Samples | SamplesByFunction): SamplesByFunction => {
  if (!('instances' in samples)) return samples;
  const { instances, blocks, ...rest } = samples;
  const byFunction = groupBy(instances, (record) => record.function);
  const blocksByFunction = groupBy(blocks ?? [], (record) => record.function);
  return {
    ...rest,
    functions: [...byFunction.keys()],
    instancesOf: (name) => byFunction.get(name) ?? [],
    blocksOf: (name) => blocksByFunction.get(name) ?? [],
  };
};
