/** How far a function is, in the parts that a line of a log or of a terminal is made of. */

import { formatDuration, formatEstimate, formatLimit, METRIC_NAMES } from '../lib/format.ts';
import { oneLine } from '../lib/text.ts';
import type { FunctionProgress, IsolationProgress } from '../model/progress.ts';
import type { EndRecord } from '../model/samples.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import { countOf } from '../report/words.ts';

/** Isolations are named up to here; more are counted. */
const MOST_NAMED = 4;

/** `thumbnail (1 of 3)` */
export const describeName = ({ function: name, place, of }: FunctionProgress): string =>
  of === 1 ? oneLine(name) : `${oneLine(name)} (${place} of ${of})`;

/** `block 9 of at most 24, about 12 s left, in gvisor` */
export function describeStage({ stage, blocks, mostBlocks, leftMs, running }: FunctionProgress): string {
  const where = running === null ? '' : `, in ${oneLine(running)}`;
  const left = leftMs === null ? '' : `, about ${formatDuration(Math.max(0, leftMs))} left`;
  switch (stage) {
    case 'pilot':
      return `pilot${where}`;
    case 'blocks':
      return `${blocks}${mostBlocks === null ? '' : ` of at most ${mostBlocks}`} blocks${left}${where}`;
    case 'orientation':
      return `short blocks that decide nothing${left}${where}`;
    case 'done':
      return '';
  }
}

const namesOf = (isolations: IsolationProgress[]): string => {
  const named = isolations.slice(0, MOST_NAMED).map(({ isolation }) => oneLine(isolation));
  const more = isolations.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
};

/** The isolations by what is known of them: names, or an empty text where there are none. */
export const describeStates = (isolations: IsolationProgress[]): Record<IsolationProgress['state'], string> => {
  const of = (state: IsolationProgress['state']): string => namesOf(isolations.filter((one) => one.state === state));
  return { open: of('open'), decided: of('decided'), futile: of('futile') };
};

/** `gvisor latency +28.6% (−3.20% to +56.8%), limit 3x` */
export const describeWidest = (widest: ComparisonVerdict): string =>
  `${oneLine(widest.isolation)} ${METRIC_NAMES[widest.metric]} ${formatEstimate(widest)}, limit ${formatLimit(widest.limit, widest.unit)}`;

const ENDS: Record<EndRecord['reason'], string> = {
  decided: 'everything decided',
  undecidable: 'nothing more can be decided',
  time: 'its time is up',
  cap: 'all planned blocks are measured',
  failed: 'it could not be measured',
  interrupted: 'interrupted',
};

/** `everything decided after 9 blocks in 14 s: runc after 4, gvisor after 9` */
export function describeEnd({ reason, blocks, tookMs, isolations }: FunctionProgress): string {
  const isMeasured = isolations.length > 0 || reason !== 'decided';
  const what = `${isMeasured ? ENDS[reason ?? 'decided'] : 'measured'} after ${countOf(blocks, 'block')} in ${formatDuration(tookMs)}`;
  const decided = isolations.filter(({ state }) => state === 'decided');
  const ends = decided
    .slice(0, MOST_NAMED)
    .map(({ isolation, blocks: after }) => `${oneLine(isolation)} after ${after ?? blocks}`);
  const more = decided.length - ends.length;
  const { open, futile } = describeStates(isolations);
  const details = [
    [...ends, ...(more > 0 ? [`${more} more`] : [])].join(', '),
    futile === '' ? '' : `given up: ${futile}`,
    open === '' ? '' : `still open: ${open}`,
  ].filter((text) => text !== '');
  return details.length === 0 ? what : `${what}: ${details.join('; ')}`;
}
