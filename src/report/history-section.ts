import type { HistoryPoint, HistorySeries } from '../model/baseline.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import type { Block, ReportInput, Section } from './document.ts';

/** Of a long history the newest runs; `isogate baseline show` has all. */
const MOST_POINTS = 100;

/** This run stands behind what was recorded. */
const nowOf = (one: ComparisonVerdict, { samples: { header } }: ReportInput): HistoryPoint | null =>
  one.estimate === null
    ? null
    : {
        ...{
          commit: header.change?.head ?? header.commit ?? null,
          recordedAt: header.startedAt ?? '',
          runId: header.runId,
        },
        ...{ blocks: one.blocks, estimate: one.estimate, lower: one.lower, upper: one.upper, verdict: one.verdict },
        ...{ mark: null, hostChange: [], step: null },
      };

const chartOf = (series: HistorySeries, input: ReportInput): Block => {
  const own = input.verdict.comparisons.filter(
    (one) =>
      one.kind === 'budget' &&
      one.scale === 'ratio' &&
      one.function === series.function &&
      one.isolation === series.isolation &&
      one.metric === series.metric,
  );
  const now = own[0] ? nowOf(own[0], input) : null;
  const points = [...series.points.slice(-MOST_POINTS), ...(now === null ? [] : [now])];
  return { kind: 'history', series: { ...series, points }, limit: own[0]?.limit ?? null };
};

/** A chart for each overhead that has a limit, or has a history of two runs at least. */
export function historySection(input: ReportInput): Section | null {
  const charts = (input.history ?? [])
    .filter(({ points }) => points.length > 1)
    .map((series) => chartOf(series, input));
  if (charts.length === 0) return null;
  const text =
    'Recorded runs from the oldest on, and this one at the right. A red line begins a step up, a green one a step down, with its first commit; a grey band is a change of the host, across which nothing is compared. Dashed: the budget.';
  return { title: 'History', folded: false, blocks: [{ kind: 'paragraph', text }, ...charts] };
}
