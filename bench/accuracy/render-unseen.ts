/** Renders what the rule made of logs that tuned nothing. */

import { markdownTable } from 'markdown-table';
import type { UnseenStudy } from './early-study.ts';
import { decidedBy, meanBlocks, percentOf, rateOf, type Tally } from './tally.ts';

const limitTable = ({ byLimit }: UnseenStudy): string =>
  markdownTable(
    [
      ['limit', 'around', 'due', 'blocks now', 'by ranks alone', 'decided %', 'wrong %'],
      ...byLimit.map(({ situation, limit, now, before }) => [
        `${limit} × the true ratio`,
        situation,
        limit < 1 ? 'fail' : 'pass',
        meanBlocks(now).toFixed(1),
        meanBlocks(before).toFixed(1),
        decidedBy(now),
        percentOf(rateOf(now, [limit < 1 ? 'pass' : 'fail'])),
      ]),
    ],
    { align: ['l', 'l', 'l', 'r', 'r', 'r', 'r'] },
  );

const both = (tally: Tally): string =>
  `fails ${percentOf(rateOf(tally, ['fail']))} %, passes ${percentOf(rateOf(tally, ['pass']))} %`;

export const renderUnseen = (studies: UnseenStudy[]): string[] =>
  studies.flatMap((study) => [
    `### Logs that tuned nothing: ${study.name}, ${study.logs} logs`,
    '',
    limitTable(study),
    '',
    'The limit at each log’s centre:',
    '',
    ...study.early.map(({ situation, tally }) => `- within ten blocks, ${situation}: ${both(tally)}`),
    ...study.whole.map(
      ({ situation, now, before }) => `- whole runs, ${situation}: ${both(now)}; by ranks alone: ${both(before)}`,
    ),
    '',
  ]);
