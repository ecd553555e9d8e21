/** Renders what early looks do. */

import { markdownTable } from 'markdown-table';
import { aimWord, word } from './aim-word.ts';
import type { EarlyStudy } from './early-study.ts';
import type { Situation } from './early-tasks.ts';
import { renderUnseen } from './render-unseen.ts';
import { decidedBy, meanBlocks, percentOf, type Rate, rateOf } from './tally.ts';

/** Early false decisions at the limit; blocks until a verdict; points of power that early looks may cost. */
const AIM = { fail: 0.0025, pass: 0.0125, farBlocks: 5, grossBlocks: 4, power: 0.02 };
/** In noise widths: from here on a pass is due after five blocks. */
const FAR = 8;

const right = (count: number): ('l' | 'r')[] => Array.from({ length: count }, () => 'r');

const AROUND: Record<Situation, string> = {
  known: 'with two functions before it',
  alone: 'alone',
  unlike: 'whose noise no function before it has',
};

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The largest loss over the points, each judged with two of its errors. */
const lossOf = ({ distance, now, before }: EarlyStudy['power'][number]): Rate => {
  const outcome = distance > 0 ? 'fail' : 'pass';
  const [own, other] = [rateOf(now, [outcome]), rateOf(before, [outcome])];
  // Both rules saw the same runs, so that they differ in few of them.
  const runs = now.clusters.reduce((sum, counts) => sum + counts.runs, 0);
  const loss = other.rate - own.rate;
  return { rate: loss, error: Math.sqrt((Math.abs(loss) + 1 / runs) / runs) };
};

const aims = ({ atLimit, speed, gross, power }: EarlyStudy): string[] => {
  const highest = (outcome: 'fail' | 'pass', situation: 'known' | 'alone') =>
    atLimit
      .filter((one) => one.situation === situation)
      .map(({ family, tally }) => ({ family, ...rateOf(tally, [outcome]) }))
      .sort((a, b) => b.rate - a.rate)[0] as Rate & { family: string };
  const falseLines = (['known', 'alone'] as const).flatMap((situation) =>
    (['fail', 'pass'] as const).map((outcome) => {
      const worst = highest(outcome, situation);
      return `- ${aimWord(worst, AIM[outcome])} early false decisions of a function ${AROUND[situation]}, ${outcome}: at most ${percentOf(worst)} % (${worst.family}; aim ≤ ${100 * AIM[outcome]})`;
    }),
  );
  const deviations = [...new Set(speed.map(({ deviation }) => deviation))];
  const places = (['known', 'alone'] as const).flatMap((situation) =>
    deviations.map((deviation) => ({ situation, deviation })),
  );
  const farLines = places.map(({ situation, deviation }) => {
    const far = speed.filter(
      (one) => one.situation === situation && one.deviation === deviation && one.distance <= -FAR,
    );
    const [now, before] = [mean(far.map((one) => meanBlocks(one.now))), mean(far.map((one) => meanBlocks(one.before)))];
    const text = `a function ${AROUND[situation]}, ${FAR} to 20 noise widths (of ${100 * deviation} %) below its limit, passes after ${now.toFixed(1)} blocks`;
    const ranks = `by ranks alone ${before.toFixed(1)}`;
    return situation === 'known'
      ? `- ${word(now <= AIM.farBlocks)} ${text} (aim ≤ ${AIM.farBlocks}; ${ranks})`
      : `- ${text} (its first look is at 6, and only where the limit is three times as much; ${ranks})`;
  });
  const grossLines = gross.map(({ situation, deviation, now, before }) => {
    const blocks = meanBlocks(now);
    return `- ${word(blocks <= AIM.grossBlocks + 0.05)} five times the limit, ${AROUND[situation]}, noise of ${100 * deviation} %: fails after ${blocks.toFixed(1)} blocks (aim 3 to ${AIM.grossBlocks}; by ranks alone ${meanBlocks(before).toFixed(1)})`;
  });
  const worst = power.map(lossOf).sort((a, b) => b.rate - a.rate)[0] as Rate;
  return [
    ...falseLines,
    ...farLines,
    ...grossLines,
    `- ${aimWord(worst, AIM.power)} power near the limit falls by at most ${percentOf(worst)} points (aim ≤ ${100 * AIM.power})`,
    '',
  ];
};

const falseTable = ({ atLimit }: EarlyStudy): string => {
  const families = [...new Set(atLimit.map(({ family }) => family))];
  const cell = (family: string, situation: string, outcome: 'fail' | 'pass'): string => {
    const found = atLimit.find((one) => one.family === family && one.situation === situation);
    return found === undefined ? '–' : percentOf(rateOf(found.tally, [outcome]));
  };
  const situations: Situation[] = ['known', 'alone', 'unlike'];
  const rows = families.map((family) => [
    family,
    ...situations.flatMap((situation) =>
      (['fail', 'pass'] as const).map((outcome) => cell(family, situation, outcome)),
    ),
  ]);
  const heads = ['noise', ...situations.flatMap((one) => [`fail, ${one} %`, `pass, ${one} %`])];
  return markdownTable([heads, ...rows], { align: ['l', ...right(6)] });
};

const speedTable = ({ speed }: EarlyStudy): string =>
  markdownTable(
    [
      ['noise widths from the limit', 'of', 'around', 'due', 'blocks now', 'by ranks alone', 'decided %', 'wrong %'],
      ...speed.map(({ situation, deviation, distance, now, before }) => [
        String(Math.abs(distance)),
        `${100 * deviation} %`,
        situation,
        distance > 0 ? 'fail' : 'pass',
        meanBlocks(now).toFixed(1),
        meanBlocks(before).toFixed(1),
        decidedBy(now),
        percentOf(rateOf(now, [distance > 0 ? 'pass' : 'fail'])),
      ]),
    ],
    { align: ['r', 'r', 'l', 'l', ...right(4)] },
  );

const powerTable = ({ power }: EarlyStudy): string =>
  markdownTable(
    [
      ['noise widths from the limit', 'due', 'found now %', 'without early looks %', 'loss in points'],
      ...power.map((point) => {
        const outcome = point.distance > 0 ? 'fail' : 'pass';
        return [
          String(Math.abs(point.distance)),
          outcome,
          percentOf(rateOf(point.now, [outcome])),
          percentOf(rateOf(point.before, [outcome])),
          percentOf(lossOf(point)),
        ];
      }),
    ],
    { align: ['r', 'l', ...right(3)] },
  );

export const renderEarly = (study: EarlyStudy): string[] => [
  '## Early looks',
  '',
  ...aims(study),
  '### At the limit: decided within ten blocks',
  '',
  falseTable(study),
  '',
  '### Blocks until a verdict',
  '',
  speedTable(study),
  '',
  '### Power near the limit, at most 60 blocks',
  '',
  powerTable(study),
  '',
  ...renderUnseen(study.unseen),
];
