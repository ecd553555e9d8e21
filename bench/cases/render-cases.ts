/** One table: blocks and seconds until the verdict, now and, where there are such results, before. */

import { markdownTable } from 'markdown-table';
import type { BenchCase } from './list-cases.ts';
import type { CaseResult } from './run-case.ts';

const limitsOf = ({ arms }: BenchCase): string =>
  Object.entries(arms)
    .flatMap(([arm, limits]) =>
      Object.entries(limits).map(([metric, limit]) => `${arm} ${metric === 'cold_start' ? 'cold start ' : ''}${limit}`),
    )
    .join(', ');

const besideOf = ({ arms }: BenchCase): string =>
  Object.entries(arms)
    .filter(([, limits]) => Object.keys(limits).length === 0)
    .map(([arm]) => arm)
    .join(', ') || '–';

const cellsOf = (result: CaseResult | undefined): string[] =>
  result === undefined
    ? ['–', '–', '–']
    : [String(result.blocks), result.verdictSeconds.toFixed(1), result.verdict.replace('-', ' ')];

/** Without `before`, its columns are left out. */
export const renderCases = (cases: BenchCase[], after: CaseResult[], before: CaseResult[] | null): string => {
  const find = (results: CaseResult[], { name }: BenchCase) => results.find((result) => result.case === name);
  const columns = ['blocks', 'seconds', 'verdict'];
  const head = [
    ...['case', 'function', 'limits', 'without a limit'],
    ...(before === null ? [] : columns.map((column) => `${column} before`)),
    ...(before === null ? columns : columns.map((column) => `${column} after`)),
  ];
  const rows = cases.map((one) => [
    ...[one.name, one.what, limitsOf(one), besideOf(one)],
    ...(before === null ? [] : cellsOf(find(before, one))),
    ...cellsOf(find(after, one)),
  ]);
  const align = head.map((_, column) => (/^(blocks|seconds)/.test(head[column] ?? '') ? 'r' : 'l'));
  return markdownTable([head, ...rows], { align });
};
