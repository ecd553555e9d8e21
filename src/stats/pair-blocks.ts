import type { InstanceRecord, Metric } from '../types.ts';
import type { Block } from './group-blocks.ts';
import { metricCost, metricValue } from './metric-value.ts';

/** What the blocks say about one arm against the control. Failed and missing instances have left their block out. */
export interface PairedSeries {
  /** ln(arm ÷ control) a block; the costs of both are above zero there. */
  ratio: number[];
  /** arm − control a block, in ms or bytes. */
  difference: number[];
  /** The control's own costs, in ms or bytes, of all blocks in which it has one. */
  control: number[];
  /** Instances that stand in the file, and those of them that failed. */
  arms: ArmCount;
  controls: ArmCount;
}

export interface ArmCount {
  started: number;
  failed: number;
  /** How the first failed one ended, with the function's own message. */
  firstFailure: string | null;
}

const countArm = (records: (InstanceRecord | null)[]): ArmCount => {
  const present = records.filter((record) => record !== null);
  const failed = present.filter((record) => record.status !== 'ok');
  const first = failed[0];
  return {
    started: present.length,
    failed: failed.length,
    firstFailure: first === undefined ? null : `${first.status}${first.error === undefined ? '' : `: ${first.error}`}`,
  };
};

const costOf = (record: InstanceRecord | null, metric: Metric): number | null => {
  if (record === null || record.status !== 'ok') return null;
  const value = metricValue(record, metric);
  return value === null ? null : metricCost(value, metric);
};

/** Differences of an arm (a treatment's isolation, or the twin) against the control of the same block. */
export const pairBlocks = (blocks: Block[], arm: { isolation: string } | 'twin', metric: Metric): PairedSeries => {
  const recordOf = (block: Block) => (arm === 'twin' ? block.twin : (block.treatments.get(arm.isolation) ?? null));
  const series: Omit<PairedSeries, 'arms' | 'controls'> = { ratio: [], difference: [], control: [] };
  for (const block of blocks) {
    const control = costOf(block.control, metric);
    const treated = costOf(recordOf(block), metric);
    if (control !== null) series.control.push(control);
    if (control === null || treated === null) continue;
    series.difference.push(treated - control);
    if (control > 0 && treated > 0) series.ratio.push(Math.log(treated) - Math.log(control));
  }
  return { ...series, arms: countArm(blocks.map(recordOf)), controls: countArm(blocks.map((block) => block.control)) };
};
