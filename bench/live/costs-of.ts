import type { Metric } from '../../src/model/metrics.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { groupBlocks } from '../../src/samples/group-blocks.ts';
import { costOf } from '../../src/samples/metric-value.ts';
import type { PairedCosts } from '../accuracy/paired-costs.ts';

/** What control and treatment cost in each block that has a number of both. */
export const costsOf = (
  instances: InstanceRecord[],
  of: { function: string; isolation: string; metric: Metric },
): PairedCosts => {
  const costs: PairedCosts = { control: [], treatment: [] };
  for (const block of groupBlocks(instances).get(of.function) ?? []) {
    const control = costOf(block.control, of.metric);
    const treatment = costOf(block.treatments.get(of.isolation), of.metric);
    if (control === null || treatment === null) continue;
    costs.control.push(control);
    costs.treatment.push(treatment);
  }
  return costs;
};
