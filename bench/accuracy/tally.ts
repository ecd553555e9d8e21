import type { Outcome, Ruling } from './ruling.ts';

/** Outcomes of many runs. Runs of one cluster (a log of real data) are not independent of each other. */
export interface Tally {
  clusters: ({ runs: number; blocks: number } & Record<Outcome, number>)[];
}

export const newTally = (clusters = 1): Tally => ({
  clusters: Array.from({ length: clusters }, () => ({ runs: 0, blocks: 0, fail: 0, pass: 0, inconclusive: 0 })),
});

export const addRuling = (tally: Tally, { outcome, blocks }: Ruling, cluster = 0): void => {
  const counts = tally.clusters[cluster];
  if (counts === undefined) throw new Error(`no cluster ${cluster}`);
  counts.runs += 1;
  counts.blocks += blocks;
  counts[outcome] += 1;
};

/** A share with its standard error. */
export interface Rate {
  rate: number;
  error: number;
}

/** Agresti and Coull (1998): two hits and two misses more, so that none of many runs is not taken for certainly none. */
const binomialError = (hits: number, runs: number): number => {
  const share = (hits + 2) / (runs + 4);
  return Math.sqrt((share * (1 - share)) / (runs + 4));
};

/** Share of runs with one of these outcomes: binomial error, or that of the clusters' own rates where it is larger. */
export const rateOf = ({ clusters }: Tally, outcomes: Outcome[]): Rate => {
  const used = clusters.filter(({ runs }) => runs > 0);
  const hits = (counts: (typeof used)[number]) => outcomes.reduce((sum, outcome) => sum + counts[outcome], 0);
  const runs = used.reduce((sum, counts) => sum + counts.runs, 0);
  const all = used.reduce((sum, counts) => sum + hits(counts), 0);
  const rate = all / runs;
  const squares = used.reduce((sum, counts) => sum + (hits(counts) / counts.runs - rate) ** 2, 0);
  const clusterError = used.length === 1 ? 0 : Math.sqrt(squares / (used.length - 1) / used.length);
  return { rate, error: Math.max(binomialError(all, runs), clusterError) };
};

/** In percent, with its error. */
export const percentOf = ({ rate, error }: Rate): string => `${(100 * rate).toFixed(2)} ±${(100 * error).toFixed(2)}`;

export const decidedBy = (tally: Tally): string => percentOf(rateOf(tally, ['fail', 'pass']));

export const meanBlocks = ({ clusters }: Tally): number =>
  clusters.reduce((sum, { blocks }) => sum + blocks, 0) / clusters.reduce((sum, { runs }) => sum + runs, 0);

/** Of independent rates. */
export const meanRate = (rates: Rate[]): Rate => ({
  rate: rates.reduce((sum, { rate }) => sum + rate, 0) / rates.length,
  error: Math.sqrt(rates.reduce((sum, { error }) => sum + error ** 2, 0)) / rates.length,
});

/** Of the same clusters in other runs. */
export const mergeTallies = (tallies: Tally[]): Tally => {
  const [first, ...rest] = tallies;
  const merged: Tally = { clusters: (first?.clusters ?? []).map((counts) => ({ ...counts })) };
  for (const { clusters } of rest)
    for (const [index, counts] of clusters.entries()) {
      const into = merged.clusters[index];
      if (into === undefined) throw new Error(`no cluster ${index}`);
      for (const key of ['runs', 'blocks', 'fail', 'pass', 'inconclusive'] as const) into[key] += counts[key];
    }
  return merged;
};
