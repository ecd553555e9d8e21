import type { Metric } from '../model/metrics.ts';
import type { InstanceRecord } from '../model/samples.ts';
import type { Block } from './group-blocks.ts';
import { costOf } from './metric-value.ts';

/** One block in which both arms have a number to compare. */
export interface Pair {
  /** Number of the block, and where it stands among those given. */
  block: number;
  index: number;
  control: number;
  treatment: number;
  /** Null where the file does not say. */
  controlFirst: boolean | null;
  instances: { control: InstanceRecord; treatment: InstanceRecord };
}

/** What the blocks say about one arm against the control. Failed and missing instances have left their block out. */
export interface PairedSeries {
  /** Those on which is decided on the scale asked for: of ratios only where both costs are above zero. */
  pairs: Pair[];
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
  /** How the first failed one ended, with the function's own message; of one that ended well, what it lacks. */
  firstFailure: string | null;
}

const describeFailure = (record: InstanceRecord, metric: Metric): string => {
  if (record.status === 'ok') return `ended well, but without a usable ${metric.replaceAll('_', ' ')}`;
  return record.error === undefined ? record.status : `${record.status}: ${record.error}`;
};

/** An instance that ended well but holds no number to compare has failed as far as this metric goes. */
export const countArm = (
  records: (InstanceRecord | null)[],
  metric: Metric,
  scale: 'ratio' | 'difference',
): ArmCount => {
  const present = records.filter((record) => record !== null);
  const failed = present.filter((record) => {
    const cost = costOf(record, metric);
    return cost === null || (scale === 'ratio' && cost <= 0);
  });
  const [first] = failed;
  return {
    started: present.length,
    failed: failed.length,
    firstFailure: first === undefined ? null : describeFailure(first, metric),
  };
};

/** Foreign files leave all positions at 0. */
const firstOf = ({ control, treatment }: Pair['instances']): boolean | null =>
  control.position === treatment.position ? null : control.position < treatment.position;

/**
 * Differences of an arm (a treatment's isolation, or the twin) against the control of the same block.
 * @param scale on which is decided: a cost of zero is no usable number where ratios are taken, and counts as failed
 */
export const pairBlocks = (
  blocks: Block[],
  arm: { isolation: string } | 'twin',
  metric: Metric,
  scale: 'ratio' | 'difference' = 'difference',
): PairedSeries => {
  const recordOf = (block: Block) => (arm === 'twin' ? block.twin : (block.treatments.get(arm.isolation) ?? null));
  const series: Omit<PairedSeries, 'arms' | 'controls'> = { pairs: [], ratio: [], difference: [], control: [] };
  for (const [index, block] of blocks.entries()) {
    const record = recordOf(block);
    const control = costOf(block.control, metric);
    const treatment = costOf(record, metric);
    if (control !== null) series.control.push(control);
    if (block.control === null || record === null || control === null || treatment === null) continue;
    const isPositive = control > 0 && treatment > 0;
    const instances = { control: block.control, treatment: record };
    const controlFirst = firstOf(instances);
    if (scale === 'difference' || isPositive)
      series.pairs.push({ block: block.index, index, control, treatment, controlFirst, instances });
    series.difference.push(treatment - control);
    if (isPositive) series.ratio.push(Math.log(treatment) - Math.log(control));
  }
  const controls = blocks.map((block) => block.control);
  return {
    ...series,
    arms: countArm(blocks.map(recordOf), metric, scale),
    controls: countArm(controls, metric, scale),
  };
};
