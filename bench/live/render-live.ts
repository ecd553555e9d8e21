/** Renders the results of live runs as Markdown, for people and for docs/explanation/accuracy.md. */

import { markdownTable } from 'markdown-table';
import type { LiveCase } from './cases.ts';
import type { RuleCounts } from './rule-on-live.ts';
import type { CaseTally } from './tally-runs.ts';

export interface LiveResult {
  cases: { one: LiveCase; tally: CaseTally | null; others: Map<string, RuleCounts> }[];
  /** Cases that cannot run here, with the reason. */
  leftOut: Map<string, string>;
}

/** Fewer runs say little of an aim. */
const RUNS_TO_JUDGE = 10;

const DUE = { fail: 'fail', pass: 'pass', nothing: 'no fail' } as const;

const number = (value: number, scale: CaseTally['scale']): string =>
  scale === 'ratio' ? value.toFixed(3) : `${value.toFixed(2)} ms`;

const HEADINGS = [
  ...['case', 'due', 'runs', 'found', 'inconclusive', 'not measured', 'wrong', 'blocks', 'seconds', 'load'],
  ...['estimate', 'from', 'to', 'injected'],
];

const row = (tally: CaseTally): string[] => {
  const { estimate, scale, realised } = tally;
  const show = (value: number | undefined) => (value === undefined ? '–' : number(value, scale));
  return [
    ...[tally.name, DUE[tally.due], String(tally.runs), tally.due === 'nothing' ? '–' : String(tally.found)],
    ...[tally.inconclusive, tally.notMeasured, tally.wrong].map(String),
    ...[tally.blocks.toFixed(1), tally.seconds.toFixed(1), tally.load.toFixed(1)],
    ...[show(estimate?.median), show(estimate?.lowest), show(estimate?.highest)],
    show(realised ?? undefined),
  ];
};

const isMet = ({ due, runs, found, wrong, aim }: CaseTally): boolean =>
  due === 'nothing' ? wrong === 0 : found >= (aim ?? 0) * runs;

const aimLine = (tally: CaseTally): string => {
  const { name, due, runs, found, wrong, aim } = tally;
  const word = isMet(tally) ? 'met' : '**not met**';
  const so = runs < RUNS_TO_JUDGE && isMet(tally) ? `open (${runs} runs of ${RUNS_TO_JUDGE})` : word;
  return due === 'nothing'
    ? `- ${so}: ${name}: ${wrong} of ${runs} runs with a false alarm; aim: none`
    : `- ${so}: ${name}: ${found} of ${runs} runs found it; aim: ${100 * (aim ?? 0)} %`;
};

const comparisonLine = ({ name, comparisons: { count, fail, pass, failAtZero } }: CaseTally): string =>
  `- ${name}: of ${count} comparisons ${fail} fail, ${pass} pass; against +0 %: ${failAtZero} fail`;

/** For each treatment, where they are of different types. */
const armLines = (one: LiveCase, { name, arms, scale }: CaseTally): string[] =>
  one.types === undefined
    ? []
    : arms.map(({ isolation, metric, estimate: { median, lowest, highest } }) => {
        const range = `from ${number(lowest, scale)} to ${number(highest, scale)}`;
        return `- ${name}: ${metric} under ${isolation} ${number(median, scale)} of that under ${one.type}, ${range}`;
      });

const OTHER_HEAD = 'rule';

/** `9 / 1`: runs that fail and that pass; what is missing to all of them is inconclusive. */
const otherCell = (counts: Pick<RuleCounts, 'fail' | 'pass'>): string => `${counts.fail} / ${counts.pass}`;

const otherTable = (type: string, cases: MeasuredCase[]): string[] => {
  const rules = [...(cases[0]?.others.keys() ?? [])];
  const ours = cases.map(({ tally: { due, found, wrong } }) =>
    otherCell(due === 'fail' ? { fail: found, pass: wrong } : { fail: wrong, pass: found }),
  );
  const rows = rules.map((rule) => [
    rule,
    ...cases.map(({ others }) => otherCell(others.get(rule) ?? { fail: 0, pass: 0 })),
  ]);
  const heads = cases.map(({ tally }) => `${tally.name.replace(`-${type}`, '')} (${DUE[tally.due]})`);
  return [
    `### ${type}`,
    '',
    markdownTable([[OTHER_HEAD, ...heads], ['isogate', ...ours], ...rows], {
      align: ['l', ...heads.map(() => 'r')],
    }),
    '',
  ];
};

type MeasuredCase = LiveResult['cases'][number] & { tally: CaseTally };

/** Of cases with too few runs nothing is said: a table of two runs would be read as more than it is. */
const otherLines = (cases: MeasuredCase[]): string[] => {
  const types = [...new Set(cases.map(({ one }) => one.type))];
  if (types.length === 0) return [];
  return [
    '## Others on the same blocks',
    '',
    'Runs that fail / runs that pass. In brackets what is due.',
    '',
    ...types.flatMap((type) =>
      otherTable(
        type,
        cases.filter(({ one }) => one.type === type),
      ),
    ),
  ];
};

export const renderLive = ({ cases, leftOut }: LiveResult): string => {
  const measured = cases.flatMap(({ tally, ...rest }) => (tally === null ? [] : [{ ...rest, tally }]));
  const tallies = measured.map(({ tally }) => tally);
  const aimed = tallies.filter(({ due, aim }) => due === 'nothing' || aim !== null);
  return [
    '## Live',
    '',
    markdownTable([HEADINGS, ...tallies.map(row)], { align: ['l', 'l', ...HEADINGS.slice(2).map(() => 'r')] }),
    '',
    ...aimed.map(aimLine),
    '',
    ...tallies.map(comparisonLine),
    ...measured.flatMap(({ one, tally }) => armLines(one, tally)),
    '',
    ...[...leftOut].map(([name, reason]) => `- left out: ${name}: ${reason}`),
    ...(leftOut.size > 0 ? [''] : []),
    ...otherLines(measured.filter(({ tally }) => tally.runs >= RUNS_TO_JUDGE)),
  ].join('\n');
};
