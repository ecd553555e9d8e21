/** Renders how often noise and slow controls are caught, and how often honest runs are taken for such. */

import { markdownTable } from 'markdown-table';
import type { HeldOutcome, HeldRow } from './held-study.ts';

const OUTCOMES = ['pass', 'undecided', 'noise', 'slow control', 'other red'] as const satisfies HeldOutcome[];

const table = (rows: HeldRow[]): string =>
  markdownTable(
    [
      [
        'what is measured',
        'comparisons',
        'runs',
        'pass',
        'undecided',
        'held: noise',
        'held: slow control',
        'other red',
      ],
      ...rows.map(({ name, comparisons, outcomes }) => [
        name,
        String(comparisons),
        String(outcomes.length),
        ...OUTCOMES.map((outcome) => String(outcomes.filter((one) => one === outcome).length)),
      ]),
    ],
    { align: ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'r'] },
  );

const isHeld = (outcome: HeldOutcome): boolean => outcome === 'noise' || outcome === 'slow control';

export const renderHeld = (rows: HeldRow[]): string => {
  const [attacks, honest] = [rows.filter(({ isAttack }) => isAttack), rows.filter(({ isAttack }) => !isAttack)];
  const all = honest.flatMap(({ outcomes }) => outcomes);
  return [
    '### Noise and slow controls',
    '',
    'A limit of +15 % that is broken:',
    '',
    table(attacks),
    '',
    `Nothing is hidden, and the truth is the limit. Held back: ${all.filter(isHeld).length} of ${all.length} runs.`,
    '',
    table(honest),
    '',
  ].join('\n');
};
