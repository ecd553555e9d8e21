import { formatCost, METRIC_NAMES } from '../lib/format.ts';
import type { Samples } from '../model/samples.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import type { Inline, Text } from './document.ts';
import { byExcess } from './headline.ts';
import { place } from './tell-comparison.ts';
import { limitKey } from './words.ts';

const HINTS: Partial<Record<ComparisonVerdict['metric'], string>> = {
  latency:
    'do less that crosses the isolation’s boundary in each call (system calls, page faults, small reads and writes)',
  cold_start: 'load less before the first response (files read, modules imported, memory touched)',
  memory: 'touch less memory and fewer files, because a guest caches what it reads',
  memory_peak: 'hold less at once within a call (stream what is read whole, drop what is no longer needed)',
  control: 'look at the change of the function itself: it got slower without any isolation',
};

/** What to do about a verdict: the first things first. */
export function advice(verdict: VerdictDocument, samples: Samples): Text[] {
  const culprits = verdict.comparisons.filter((one) => one.gated && one.verdict === verdict.verdict).sort(byExcess);
  const first = culprits[0];
  if (verdict.verdict === 'pass') return [];
  if (verdict.verdict === 'not-measured') return [...listFixes(samples), ...adviseOnAnswers(verdict, samples)];
  if (!first) return [];
  if (verdict.verdict === 'inconclusive') {
    return [
      adviseMoreBlocks(first),
      ...(culprits.length > 1 ? [`The same holds for ${culprits.length - 1} more: see the table.`] : []),
    ];
  }
  const hint = HINTS[first.metric] ?? 'look for what changed in this function’s use of the system';
  if (first.onBase?.isInherited)
    return [
      [
        'The budget was broken before this change: lower the cost or raise ',
        { code: limitKey(first) },
        ' in a change of its own. It fails here because of ',
        { code: 'fail_on_base: true' },
        '.',
      ],
    ];
  return [
    `If the cost is not wanted, ${hint}.`,
    [
      'If it is wanted, raise ',
      { code: limitKey(first) },
      ' in a reviewed change of its own, or waive it until a day in ',
      { code: '.isogate/waivers.yml' },
      '.',
    ],
  ];
}

/** What would decide an inconclusive comparison: more blocks, or another limit. */
function adviseMoreBlocks(first: ComparisonVerdict): Text {
  const where: Inline[] = [...place(first), `, ${METRIC_NAMES[first.metric]}: `];
  if (first.blocksToSettle === null)
    return [
      ...where,
      'the overhead is too near its limit to be told apart from it. Raise the limit or lower the cost; more time alone will hardly help.',
      tellProvable(first),
    ];
  const blocks = first.blocksToSettle === undefined ? '' : ` About ${first.blocksToSettle} blocks would decide it.`;
  return [
    ...where,
    'give the run more time (',
    { code: 'measure.time' },
    ', ',
    { code: 'measure.max_blocks' },
    `).${blocks}`,
    tellProvable(first),
  ];
}

function tellProvable({ smallestProvable, unit, scale }: ComparisonVerdict): string {
  if (smallestProvable === null) return '';
  const excessText = formatCost(scale === 'ratio' ? 1 + smallestProvable : smallestProvable, unit);
  return ` The smallest excess that this run could have proven is ${excessText}.`;
}

function listFixes(samples: Samples): Text[] {
  return (samples.header.probe ?? [])
    .filter((one) => !one.usable && one.fix !== null)
    .map((one): Text => ['To make ', { code: one.isolation }, ' work on this runner: ', { code: one.fix ?? '' }]);
}

/** Both keys are for functions that are right as they are. */
function adviseOnAnswers({ answers = [] }: VerdictDocument, { instances }: Samples): Text[] {
  const differing = answers.filter(({ code }) => code !== 'answers-vary-by-call').map((one) => one.function);
  const unexpected = instances.filter(({ status }) => status === 'unexpected-answer').map((one) => one.function);
  return [
    ...[...new Set(unexpected)].map(
      (name): Text => [
        'If the answers of ',
        { code: name },
        ' are as they should be, say so with ',
        { code: `functions.${name}.expect` },
        '; if it lacks a variable, set it with ',
        { code: `functions.${name}.env` },
        '.',
      ],
    ),
    ...[...new Set(differing)].map(
      (name): Text => [
        'If the answers of ',
        { code: name },
        ' may differ, set ',
        { code: `functions.${name}.deterministic: false` },
        '.',
      ],
    ),
  ];
}
