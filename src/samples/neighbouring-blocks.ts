import type { InstanceRecord } from '../model/samples.ts';
import { type StandingArm, type StandingBlock, standingBlocks } from './standing-blocks.ts';

interface Span {
  isBase: boolean;
  /** Indices of blocks. */
  first: number;
  last: number;
  /** Blocks in which it worked: an arm is expected while there is one. */
  works: number;
}

const spansOf = (blocks: StandingBlock[]): Map<string, Span> => {
  const spans = new Map<string, Span>();
  for (const [index, { arms }] of blocks.entries())
    for (const [key, { isBase, works }] of arms) {
      const span = spans.get(key) ?? { isBase, first: index, last: index, works: 0 };
      spans.set(key, span);
      span.last = index;
      span.works += works ? 1 : 0;
    }
  return spans;
};

/** Of each block, whether an arm is before and after it but not in it. Where the base did not run, it is no gap. */
const findGaps = (blocks: StandingBlock[], spans: Map<string, Span>): boolean[] => {
  // How many arms more, or fewer, are to be in this block than in the one before.
  const changes = blocks.map(() => ({ head: 0, base: 0 }));
  for (const { isBase, first, last, works } of spans.values()) {
    const [from, to] = [changes[first + 1], changes[last]];
    if (works === 0 || last === first || from === undefined || to === undefined) continue;
    from[isBase ? 'base' : 'head'] += 1;
    to[isBase ? 'base' : 'head'] -= 1;
  }
  let [head, base] = [0, 0];
  return blocks.map(({ arms, hasBase }, index) => {
    head += changes[index]?.head ?? 0;
    base += changes[index]?.base ?? 0;
    const isInside = ({ first, last, works }: Span) => works > 0 && first < index && index < last;
    const there = [...arms.keys()].filter((key) => isInside(spans.get(key) as Span)).length;
    return there < head + (hasBase ? base : 0);
  });
};

/** An arm that ends for good was dropped at a look; only in the very last block may it have been cut off. */
const isCutOff = (blocks: StandingBlock[], spans: Map<string, Span>): boolean => {
  const [before, end] = blocks.slice(-2);
  if (before === undefined || end === undefined) return false;
  const isMissing = ([key, { isBase }]: [string, StandingArm]): boolean =>
    !end.arms.has(key) && (spans.get(key)?.works ?? 0) > 0 && (end.hasBase || !isBase);
  return [...before.arms].some(isMissing);
};

/**
 * Which blocks of one function are complete by what the blocks around them hold: those with a control, without a gap, and
 * whose last was not cut off. Emulated arms take part in few blocks by design, an arm that never worked is given up, and an
 * isolation that is not configured decides nothing: none of them is expected. Time grows with the records.
 */
export const neighbouringBlocks = (records: InstanceRecord[], isolations: ReadonlySet<string>): Set<number> => {
  const all = standingBlocks(records, isolations);
  const spans = spansOf(all);
  const gaps = findGaps(all, spans);
  const cut = isCutOff(all, spans) ? all.at(-1) : undefined;
  const kept = all.filter((block, index) => block.hasControl && gaps[index] === false && block !== cut);
  // What is left holds fewer arms and shorter spans, so that no more gaps are in it; but another block is the last now.
  const left = spansOf(kept);
  while (isCutOff(kept, left))
    for (const [key, { works }] of kept.pop()?.arms ?? []) (left.get(key) as Span).works -= works ? 1 : 0;
  return new Set(kept.map(({ number }) => number));
};
