/** Pairs of readings of ours and of the bare thing, taken in turns, and what they say together. */

import { setImmediate } from 'node:timers/promises';
import { median, quantile } from 'simple-statistics';
import { pairedBounds } from '../src/stats/paired-bounds.ts';

export interface Pair {
  ours: number;
  bare: number;
}

export interface Side {
  median: number;
  /** First and third quartile. */
  quartiles: [number, number];
}

export interface Ratio {
  pairs: number;
  ours: Side;
  bare: Side;
  /** Hodges–Lehmann centre of the pairs' ln(ours / bare) and its two-sided 95 % bounds, as factors. */
  ratio: number;
  lower: number;
  upper: number;
}

/** Of 0.05, half on each side. */
const ALPHA = { lower: 0.025, upper: 0.025 };

/** Takes turns in going first, so that what one leaves behind for the next is the same for both. */
export async function takePairs(
  count: number,
  signal: AbortSignal,
  ours: () => Promise<number>,
  bare: () => Promise<number>,
  discard = 1,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let i = 0; i < count + discard; i++) {
    // Synchronous readings leave signals no other moment to be heard.
    await setImmediate();
    signal.throwIfAborted();
    const pair: Pair = { ours: 0, bare: 0 };
    if (i % 2 === 1) pair.bare = await bare();
    pair.ours = await ours();
    if (i % 2 === 0) pair.bare = await bare();
    if (i >= discard) pairs.push(pair);
  }
  return pairs;
}

export function summarisePairs(pairs: Pair[]): Ratio {
  const logs = pairs.map(({ ours, bare }) => Math.log(ours / bare));
  const { estimate, lower, upper } = pairedBounds(logs, ALPHA);
  if (estimate === null || lower === null || upper === null)
    throw new Error(`${pairs.length} pairs are too few for bounds at 95 %: take at least 6`);
  return {
    pairs: pairs.length,
    ours: side(pairs.map((pair) => pair.ours)),
    bare: side(pairs.map((pair) => pair.bare)),
    ratio: Math.exp(estimate),
    lower: Math.exp(lower),
    upper: Math.exp(upper),
  };
}

const side = (values: number[]): Side => ({
  median: median(values),
  quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
});
