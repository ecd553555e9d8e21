import { completeBlocks } from './measure/complete-blocks.ts';
import { groupBlocks } from './stats/group-blocks.ts';
import { pairBlocks } from './stats/pair-blocks.ts';
import { type BaselineRecord, METRICS, type Samples } from './types.ts';

/**
 * What a run leaves for later ones: a record for each function, isolation and metric with at least one paired block.
 * The control's own record holds its twin against it. Emulated arms are left out, and failed runs of an arm too.
 */
export const recordsFrom = (samples: Samples, commit: string | null, now: Date): BaselineRecord[] => {
  const { header } = samples;
  const { instances } = completeBlocks(samples.instances, samples.blocks);
  const real = instances.filter((record) => record.emulated !== true);
  const arms = new Map<string, { function: string; isolation: string; isTwin: boolean }>();
  for (const { function: name, isolation, arm, revision } of real)
    if (arm !== 'control' && revision === 'head')
      arms.set(JSON.stringify([name, isolation]), { function: name, isolation, isTwin: arm === 'twin' });

  const blocks = groupBlocks(real);
  return [...arms.values()].flatMap(({ function: name, isolation, isTwin }) =>
    METRICS.flatMap((metric) => {
      const series = pairBlocks(blocks.get(name) ?? [], isTwin ? 'twin' : { isolation }, metric);
      if (series.difference.length === 0) return [];
      return {
        schema: 'isogate.baseline/1' as const,
        gate: header.gate,
        function: name,
        isolation,
        metric,
        fingerprint: header.fingerprint,
        runId: header.runId,
        attempt: header.attempt,
        commit,
        recordedAt: now.toISOString(),
        blocks: { ratio: series.ratio, difference: series.difference },
        control: series.control,
      };
    }),
  );
};
