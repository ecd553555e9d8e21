/** An undecided comparison whose costs vary far more than they should: noise must not make a broken limit look like chance. */

import { sampleStandardDeviation } from 'simple-statistics';
import { findRecord } from '../baseline/find-record.ts';
import { formatAmount, formatPercent, METRIC_NAMES } from '../lib/format.ts';
import type { Config } from '../model/config.ts';
import type { Metric } from '../model/metrics.ts';
import type { DeclaredComparison, InstanceRecord, SamplesHeader } from '../model/samples.ts';
import type { ComparisonVerdict, HeldBy } from '../model/verdict.ts';
import { listBaseBlocks } from '../samples/base-blocks.ts';
import type { Block } from '../samples/group-blocks.ts';
import { costOf } from '../samples/metric-value.ts';
import { pairBlocks } from '../samples/pair-blocks.ts';
import { largerScaleP } from '../stats/larger-scale.ts';
import type { BlockWarning } from './merge-warnings.ts';

type Code = Exclude<HeldBy, 'budget-met-by-slower-control'>;

/**
 * From how many times the noise of the other on. The same function varies alike on the base; an isolation may well vary more
 * than the control, so there it takes more.
 */
const FACTOR: Record<Code, number> = { 'noisier-than-base': 3, 'noisier-than-baseline': 3, 'noisier-than-control': 4 };

/**
 * The noise counts where an excess of this share of the allowance could not have been proven: less hides little, and costs
 * that lie at their limit are not decided with little noise either.
 */
const LEAST_UNPROVEN: Record<Code, number> = {
  'noisier-than-base': 0.25,
  'noisier-than-baseline': 0.25,
  'noisier-than-control': 0.5,
};

/** Chance that any comparison of a run is found noisier than one of these where none varies just that much more. */
const ALPHA = 0.01;
/** Stands in for an allowance of zero. */
const LEAST_ALLOWANCE = 0.005;

/** Two series on the scale on which is decided, and the names of what varies in them. */
interface Compared {
  code: Code;
  own: number[];
  other: number[];
  ownName: string;
  otherName: string;
}

type Scale = 'ratio' | 'difference';

const onScale = (cost: number | null, scale: Scale): number | null => {
  if (cost === null || (scale === 'ratio' && cost <= 0)) return null;
  return scale === 'ratio' ? Math.log(cost) : cost;
};

/** The values of both in the blocks in which both have one. */
const together = (
  blocks: Block[],
  own: (block: Block) => number | null,
  other: (block: Block) => number | null,
): Pick<Compared, 'own' | 'other'> => {
  const pairs = blocks.flatMap((block): [number, number][] => {
    const [a, b] = [own(block), other(block)];
    return a === null || b === null ? [] : [[a, b]];
  });
  return { own: pairs.map(([a]) => a), other: pairs.map(([, b]) => b) };
};

const listCompared = (
  { function: name, isolation, metric, limit: { scale } }: DeclaredComparison,
  blocks: Block[],
  header: Pick<SamplesHeader, 'baseline' | 'fingerprint' | 'gate'>,
  control: string,
): Compared[] => {
  const isControl = metric === 'control';
  const measured: Metric = isControl ? 'latency' : metric;
  const overhead = (block: Block): number | null =>
    isControl
      ? onScale(costOf(block.control, measured), scale)
      : (pairBlocks([block], { isolation }, measured, scale)[scale][0] ?? null);
  const onBase = (block: Block): number | null => listBaseBlocks([block]).map(overhead)[0] ?? null;
  const ownName = isControl ? `the control ${control}` : `the overhead of ${isolation}`;
  const beside: Compared = {
    ...{ code: 'noisier-than-base', ownName, otherName: 'that of the base' },
    ...together(blocks, overhead, onBase),
  };
  const found = findRecord(
    header.baseline,
    { gate: header.gate, function: name, isolation: isControl ? null : isolation, metric: measured },
    header.fingerprint,
  );
  const recorded = !('record' in found)
    ? []
    : isControl
      ? found.record.control.flatMap((cost) => onScale(cost, scale) ?? [])
      : found.record.blocks[scale];
  const stored: Compared = {
    ...{ code: 'noisier-than-baseline', ownName, otherName: 'that of the stored baseline' },
    ...{ own: blocks.flatMap((block) => overhead(block) ?? []), other: recorded },
  };
  if (isControl) return [beside, stored];
  const code = 'noisier-than-control';
  const twin = (block: Block): number | null => pairBlocks([block], 'twin', measured, scale)[scale][0] ?? null;
  const costIn =
    (arm: (block: Block) => InstanceRecord | null | undefined) =>
    (block: Block): number | null =>
      onScale(costOf(arm(block), measured), scale);
  const [controlCost, armCost] = [
    costIn((block) => block.control),
    costIn(({ treatments }) => treatments.get(isolation)),
  ];
  return [
    beside,
    stored,
    // What is common to a block is in neither of these.
    { code, ownName, otherName: 'that of the A/A control', ...together(blocks, overhead, twin) },
    // Noise of the control is in both, and hides as much.
    { code, ownName: `the control ${control}`, otherName: isolation, ...together(blocks, controlCost, armCost) },
  ];
};

const allowanceOf = ({ limit, scale }: ComparisonVerdict): number =>
  scale === 'ratio' ? Math.max(Math.abs(limit - 1), LEAST_ALLOWANCE) : Math.abs(limit);

/** What such a verdict becomes, with the warning that says so; null where it stands. */
export const holdTooNoisy = (
  verdict: ComparisonVerdict,
  declared: DeclaredComparison,
  blocks: Block[],
  {
    header,
    config,
    familySize,
  }: {
    header: Pick<SamplesHeader, 'baseline' | 'fingerprint' | 'gate'>;
    config: Pick<Config, 'control'>;
    familySize: number;
  },
): { verdict: ComparisonVerdict; warning: BlockWarning } | null => {
  if (!verdict.gated || verdict.verdict !== 'inconclusive') return null;
  const unproven = (verdict.smallestProvable ?? Number.POSITIVE_INFINITY) / allowanceOf(verdict);
  const found = listCompared(declared, blocks, header, config.control).find(
    ({ code, own, other }) =>
      unproven >= LEAST_UNPROVEN[code] && largerScaleP(own, other, FACTOR[code]) <= ALPHA / familySize,
  );
  if (found === undefined) return null;
  const { blocksToSettle: _, ...rest } = verdict;
  const { unit } = verdict;
  const spread = (values: number[]): string => {
    const deviation = sampleStandardDeviation(values);
    return unit === 'x' ? formatPercent(Math.expm1(deviation)) : formatAmount(deviation, unit);
  };
  const what = `${found.ownName} varies by ${spread(found.own)} from block to block, ${found.otherName} by ${spread(found.other)}`;
  const metric = METRIC_NAMES[declared.metric];
  return {
    verdict: {
      ...rest,
      verdict: 'not-measured',
      heldBy: found.code,
      reason: `${what}: too much to tell whether the limit ${declared.limit.text} is kept (${verdict.reason}); find out what makes it vary`,
    },
    warning: {
      ...{ code: found.code, function: declared.function, metric, where: `${metric} under ${declared.isolation}` },
      what: `${what}, so whether the limit ${declared.limit.text} is kept could not be told`,
    },
  };
};
