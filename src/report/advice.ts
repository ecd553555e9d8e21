import { formatCost, METRIC_NAMES } from '../lib/format.ts';
import type { Samples } from '../model/samples.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import type { Inline, Text } from './document.ts';
import { byExcess } from './headline.ts';
import { place } from './tell-comparison.ts';
import { tellAlike } from './why.ts';
import { countOf, limitKey } from './words.ts';

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
  if (verdict.verdict === 'not-measured') return [...listFixes(verdict, samples), ...adviseOnAnswers(verdict, samples)];
  if (!first) return [];
  if (verdict.verdict === 'inconclusive') {
    return [
      adviseMoreBlocks(first, samples),
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

/** What would decide an inconclusive comparison: a steadier host, more blocks, or another limit. */
function adviseMoreBlocks(first: ComparisonVerdict, { plans, header }: Samples): Text {
  const where: Inline[] = [...place(first), `, ${METRIC_NAMES[first.metric]}: `];
  const more: Inline[] = ['give the run more time (', { code: 'measure.time' }, ', ', { code: 'measure.max_blocks' }];
  const { blocks, effectiveBlocks, blocksToSettle } = first;
  const forecast = typeof blocksToSettle === 'number' ? ` About ${blocksToSettle} blocks would decide it.` : '';
  const end: Inline[] = [`).${forecast}`, tellProvable(first)];
  if (effectiveBlocks !== undefined)
    return [
      ...where,
      `${tellAlike(blocks, effectiveBlocks)}. Look for what changes on the host, or in the function, during the run; then `,
      ...more,
      ...end,
    ];
  if (plans?.get(first.function)?.at(-1)?.hopeless.includes(first.isolation))
    return [
      ...where,
      `it was given up after ${countOf(blocks, 'block')}, because the time that was left could not decide it; `,
      ...more,
      ...end,
    ];
  const most = header.looks.schedule.at(-1) ?? Number.POSITIVE_INFINITY;
  const isOutOfReach = typeof blocksToSettle === 'number' && blocksToSettle > FAR_MORE * most;
  if (blocksToSettle !== null && !isOutOfReach) return [...where, ...more, ...end];
  if (isOutOfReach || isNearLimit(first))
    return [
      ...where,
      'the overhead is too near its limit to be told apart from it. Raise the limit or lower the cost; more time alone will hardly help.',
      tellProvable(first),
    ];
  const isTold = first.lower !== null && first.upper !== null;
  return isTold
    ? [...where, 'the warnings say what holds it back; mend that first, then ', ...more, ...end]
    : [...where, 'there were too few blocks for an interval; ', ...more, ...end];
}

/** From so many times `max_blocks` on, more blocks are no advice. */
const FAR_MORE = 10;

/** In shares of half the interval: about a quarter of a standard error, from where no reasonable number of blocks decides. */
const NEAR = 0.125;

const isNearLimit = ({ estimate, lower, upper, limit }: ComparisonVerdict): boolean =>
  estimate !== null && lower !== null && upper !== null && Math.abs(estimate - limit) <= (NEAR * (upper - lower)) / 2;

function tellProvable({ smallestProvable, unit, scale }: ComparisonVerdict): string {
  if (smallestProvable === null) return '';
  const excessText = formatCost(scale === 'ratio' ? 1 + smallestProvable : smallestProvable, unit);
  return ` The smallest excess that this run could have proven is ${excessText}.`;
}

function listFixes({ comparisons }: VerdictDocument, samples: Samples): Text[] {
  const unusable = (samples.header.probe ?? []).filter((one) => !one.usable);
  const limited = unusable.filter(({ isolation }) =>
    comparisons.some((one) => one.gated && one.isolation === isolation && one.obstacle === 'isolation-unusable'),
  );
  return [
    ...unusable
      .filter(({ fix }) => fix !== null)
      .map((one): Text => ['To make ', { code: one.isolation }, ' work on this runner: ', { code: one.fix ?? '' }]),
    ...limited.map(
      ({ isolation }): Text => [
        'If ',
        { code: isolation },
        ' need not work there, write ',
        { code: `isolations.${isolation}.required: false` },
        ' in a reviewed change of its own: its limits then decide nothing.',
      ],
    ),
  ];
}

/** Both keys are for functions that are right as they are. */
function adviseOnAnswers({ answers = [] }: VerdictDocument, { header, instances }: Samples): Text[] {
  const functions = Object(header.config['functions']) as Record<string, unknown>;
  const isServer = (name: string): boolean => Object.hasOwn(Object(functions[name]), 'http');
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
        ...(isServer(name) ? adviseOnRequest(name) : []),
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

const adviseOnRequest = (name: string): Inline[] => [
  '; if it answers with status 404 or 405, correct ',
  { code: `functions.${name}.http.path` },
  ' or ',
  { code: `functions.${name}.http.method` },
];
