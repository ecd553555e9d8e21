/** `isogate baseline show`: the history of a gate as its store holds it. */

import type { BaselineStore, HistorySeries } from '../model/baseline.ts';
import type { Warning } from '../model/warnings.ts';
import { type HistorySource, historySeries } from './history-series.ts';

export interface ShowOptions {
  store: BaselineStore;
  gate: string;
  /** Null stands for all of them, here and below. */
  function: string | null;
  isolation: string | null;
  metric: string | null;
}

export interface Shown {
  gate: string;
  place: string;
  series: HistorySeries[];
  warnings: Warning[];
}

/** In the order in which runs were recorded, so that the result depends on the store alone. @throws BadInputError */
export async function showBaseline({ store, gate, ...wanted }: ShowOptions): Promise<Shown> {
  const { warnings, ...stored } = await store.read(gate);
  const source: HistorySource = { ...stored, ancestors: null };
  const series = historySeries(source).filter(
    (one) =>
      (wanted.function === null || one.function === wanted.function) &&
      (wanted.isolation === null || one.isolation === wanted.isolation) &&
      (wanted.metric === null || one.metric === wanted.metric),
  );
  return { gate, place: store.place, series, warnings };
}
