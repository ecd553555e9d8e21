import type { Metric } from '../../src/model/metrics.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { groupBlocks } from '../../src/samples/group-blocks.ts';
import { metricValue } from '../../src/samples/metric-value.ts';
import type { PairedCosts } from '../accuracy/paired-costs.ts';

/** Pure: what control and treatment cost in each block that has a number of both. */
export const costsOf = (
  instances: InstanceRecord[],
  of: { function: string; isolation: string; metric: Metric },
): PairedCosts => {
  const costs: PairedCosts = { control: [], treatment: [] };
  const costIn = (record: InstanceRecord | null | undefined) =>
    record?.status === 'ok' ? metricValue(record, of.metric) : null;
  for (const block of groupBlocks(instances).get(of.function) ?? []) {
    const control = costIn(block.control);
    const treatment = costIn(block.treatments.get(of.isolation));
    if (control === null || treatment === null) continue;
    costs.control.push(control);
    costs.treatment.push(treatment);
  }
  return costs;
};
