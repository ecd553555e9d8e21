import type { Metric } from '../model/metrics.ts';
import type { InstanceRecord } from '../model/samples.ts';
import type { Block } from './group-blocks.ts';
import { costOf } from './metric-value.ts';

/** One block in which both arms have a number to compare. */
export interface Pair {
  /** The number of the block, and its index among the given blocks. */
  block: number;
  index: number;
  control: number;
  treatment: number;
  /** Null where the file does not say. */
  controlFirst: boolean | null;
  instances: { control: InstanceRecord; treatment: InstanceRecord };
}

/** What the blocks say about one arm against the control. A block with a failed or missing instance is left out. */
export interface PairedSeries {
  /** The pairs that can be decided on, on the scale asked for: of ratios only those where both costs are above zero. */
  pairs: Pair[];
  /** ln(arm ÷ control) of each block in which both costs are above zero. */
  ratio: number[];
  /** arm − control of each block, in ms or bytes. */
  difference: number[];
  /** The control's own costs, in ms or bytes, of all blocks in which it has one. */
  control: number[];
  /** How many instances the file holds, and how many of them failed. */
  arms: ArmCount;
  controls: ArmCount;
}

export interface ArmCount {
  started: number;
  failed: number;
  /** How the first failed instance ended, with the function's own message, or what it lacks where it ended well. */
  firstFailure: string | null;
  /** Nothing was started, as the image could not be built. */
  isUnbuilt?: true;
}

const describeFailure = (record: InstanceRecord, metric: Metric): string => {
  if (record.status === 'ok') return `ended well, but without a usable ${metric.replaceAll('_', ' ')}`;
  if (record.phase === 'build') return record.error ?? 'no message';
  return record.error === undefined ? record.status : `${record.status}: ${record.error}`;
};

/** An instance that ended well but holds no number to compare counts as failed for this metric. */
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
    ...(first?.phase === 'build' && { isUnbuilt: true as const }),
  };
};

/** Null in files of other programs, which leave all positions at 0. */
const isControlFirst = ({ control, treatment }: Pair['instances']): boolean | null =>
  control.position === treatment.position ? null : control.position < treatment.position;

/**
 * Differences of an arm (a treatment's isolation, or the A/A control) from the control of the same block.
 * @param scale of the decision: a cost of zero is no usable number for ratios, and counts as failed
 */
export const pairBlocks = (
  blocks: Block[],
  arm: { isolation: string } | 'twin',
  metric: Metric,
  scale: 'ratio' | 'difference' = 'difference',
): PairedSeries => {
  const findRecord = (block: Block) =>
    arm === 'twin' ? block.aaControl : (block.treatments.get(arm.isolation) ?? null);
  const series: Omit<PairedSeries, 'arms' | 'controls'> = { pairs: [], ratio: [], difference: [], control: [] };
  for (const [index, block] of blocks.entries()) {
    const record = findRecord(block);
    const control = costOf(block.control, metric);
    const treatment = costOf(record, metric);
    if (control !== null) series.control.push(control);
    if (block.control === null || record === null || control === null || treatment === null) continue;
    const isPositive = control > 0 && treatment > 0;
    const instances = { control: block.control, treatment: record };
    const controlFirst = isControlFirst(instances);
    if (scale === 'difference' || isPositive)
      series.pairs.push({ block: block.index, index, control, treatment, controlFirst, instances });
    series.difference.push(treatment - control);
    if (isPositive) series.ratio.push(Math.log(treatment) - Math.log(control));
  }
  const controls = blocks.map((block) => block.control);
  return {
    ...series,
    arms: countArm(blocks.map(findRecord), metric, scale),
    controls: countArm(controls, metric, scale),
  };
};
