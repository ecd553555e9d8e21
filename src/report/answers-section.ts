import type { AnswerDifference, VerdictDocument } from '../model/verdict.ts';
import type { Block, Inline, Section, Text } from './document.ts';

const KINDS: Record<AnswerDifference['code'], string> = {
  'answers-differ': ' does not answer as the control does',
  'answers-vary': ' does not answer alike in two instances, so the function is not deterministic',
  'answers-vary-by-call': ' answers the same event differently from call to call, alike in every arm',
};

const NOTE: Text = [
  'Arms whose answers differ did not do the same work, so their costs are not compared. If the answers of a function may differ, because they hold times, random numbers or the name of the machine, write ',
  { code: 'deterministic: false' },
  ' below it in isogate.yml.',
];

/** Answers that differ though they should not, each with an example. */
export function answersSection({ answers = [] }: VerdictDocument): Section | null {
  if (answers.length === 0) return null;
  return {
    title: 'Answers that differ',
    folded: false,
    blocks: [
      { kind: 'list', items: answers.map(describe) },
      { kind: 'paragraph', text: NOTE },
    ],
  };
}

const describe = ({ code, function: name, revision, isolation, events, file, answers }: AnswerDifference): Text => {
  const where = revision === 'base' ? ' on the base' : '';
  const example: Inline[] = answers.flatMap(({ isolation: arm, text }, index) => [
    index === 0 ? '' : ', ',
    { code: arm },
    ': ',
    { code: text },
  ]);
  const event: Inline[] = file === '' ? [] : [' event ', { code: file }];
  const count = events > 1 ? `, for ${events} events` : '';
  return [{ code: name }, ' under ', { code: isolation }, `${where}${KINDS[code]}${count}:`, ...event, ' ', ...example];
};

const MOST_NAMED = 20;

/** How many of their events functions were called with, where they have more than one. */
export function eventsBlock({ events = {} }: VerdictDocument): Block[] {
  const several = Object.entries(events).filter(([, { of }]) => of > 1);
  if (several.length === 0) return [];
  const items = several
    .slice(0, MOST_NAMED)
    .map(([name, { used, of }]): Text => [{ code: name }, `: ${used} of ${of} events used`]);
  if (several.length > MOST_NAMED) items.push(`${several.length - MOST_NAMED} more functions: see verdict.json`);
  return [{ kind: 'list', items }];
}
