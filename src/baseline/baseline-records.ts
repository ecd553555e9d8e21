import { median } from 'simple-statistics';
import type { BaselineRecord, BaselineSummary } from '../model/baseline.ts';
import { METRICS, type Metric, type StartPhase } from '../model/metrics.ts';
import type { InstanceRecord, Samples } from '../model/samples.ts';
import { completeBlocks } from '../samples/complete-blocks.ts';
import { type Block, groupBlocks } from '../samples/group-blocks.ts';
import { costOf } from '../samples/metric-value.ts';
import { type PairedSeries, pairBlocks } from '../samples/pair-blocks.ts';
import { phaseDurations } from '../samples/phase-durations.ts';
import { listConfiguredIsolations } from '../samples/samples-config.ts';
import { pairedBounds } from '../stats/paired-bounds.ts';

/** What only explains why an overhead grew is kept of the last blocks, so that no record's line becomes too long to be read. */
const MOST_DETAILS = 1000;

const listPhases = (records: InstanceRecord[]): NonNullable<BaselineRecord['phases']> => {
  const phases: Partial<Record<StartPhase, number[]>> = {};
  for (const record of records)
    for (const [phase, ms] of phaseDurations(record.phases_ms)) {
      const known = phases[phase] ?? [];
      phases[phase] = known;
      known.push(ms);
    }
  return phases;
};

/** Each side of a two-sided 95 % interval. */
const SUMMARY_ALPHA = { lower: 0.025, upper: 0.025 };

const medianOrNull = (costs: number[]): number | null => (costs.length === 0 ? null : median(costs));

const summarize = (series: PairedSeries, treatment: (number | null)[]): BaselineSummary => ({
  blocks: series.difference.length,
  ratio: series.ratio.length === 0 ? null : pairedBounds(series.ratio, SUMMARY_ALPHA),
  difference: pairedBounds(series.difference, SUMMARY_ALPHA),
  control: medianOrNull(series.control) ?? 0,
  treatment: medianOrNull(treatment.filter((cost) => cost !== null)),
});

/** The arm's own costs, and the start-up phases with its cold start. */
const listDetails = (blocks: Block[], armOf: (block: Block) => InstanceRecord | null, metric: Metric) => {
  const records = blocks
    .map(armOf)
    .filter((record) => record !== null)
    .filter((record) => costOf(record, metric) !== null)
    .slice(-MOST_DETAILS);
  const treatment = records.map((record) => costOf(record, metric)).filter((cost) => cost !== null);
  return { treatment, ...(metric === 'cold_start' && { phases: listPhases(records) }) };
};

/**
 * What a run leaves for later runs: a record for each function, isolation and metric with at least one paired block. The
 * control's own record compares the A/A control with it. Emulated arms and failed instances are left out.
 */
export const recordsFrom = (
  samples: Samples,
  run: Required<Pick<BaselineRecord, 'commit' | 'recordedAt' | 'verdict'>> & Pick<BaselineRecord, 'accepted'>,
): BaselineRecord[] => {
  const { header } = samples;
  const { instances } = completeBlocks(samples.instances, listConfiguredIsolations(header.config), samples.blocks);
  const real = instances.filter((record) => record.emulated !== true);
  const arms = new Map<string, { function: string; isolation: string; isAaControl: boolean }>();
  for (const { function: name, isolation, arm, revision } of real)
    if (arm !== 'control' && revision === 'head')
      arms.set(JSON.stringify([name, isolation]), { function: name, isolation, isAaControl: arm === 'twin' });

  const blocks = groupBlocks(real);
  return [...arms.values()].flatMap(({ function: name, isolation, isAaControl }) =>
    METRICS.flatMap((metric) => {
      const own = blocks.get(name) ?? [];
      const series = pairBlocks(own, isAaControl ? 'twin' : { isolation }, metric);
      if (series.difference.length === 0) return [];
      const armOf = (block: Block) => (isAaControl ? block.aaControl : (block.treatments.get(isolation) ?? null));
      return {
        schema: 'isogate.baseline/1' as const,
        gate: header.gate,
        function: name,
        isolation,
        metric,
        fingerprint: header.fingerprint,
        runId: header.runId,
        attempt: header.attempt,
        ...run,
        summary: summarize(
          series,
          own.map(armOf).map((record) => costOf(record, metric)),
        ),
        blocks: { ratio: series.ratio, difference: series.difference },
        control: series.control,
        ...listDetails(own, armOf, metric),
      };
    }),
  );
};
