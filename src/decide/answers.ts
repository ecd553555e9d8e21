/** Arms that do not answer alike did not do the same work, so their costs say nothing about their isolations. */

import type { InstanceRecord, Revision } from '../model/samples.ts';
import type { AnswerDifference, EventsUsed } from '../model/verdict.ts';
import type { Warning } from '../model/warnings.ts';
import type { Block, RevisionArms } from '../samples/group-blocks.ts';

/** One call that two instances of a block answered differently. */
interface UnlikeCall {
  event: number;
  digests: [string, string];
}

const armsOf = (block: Block, revision: Revision): RevisionArms | null => (revision === 'head' ? block : block.base);

const recordsOf = (arms: RevisionArms): InstanceRecord[] =>
  [arms.control, arms.aaControl, ...arms.treatments.values()].filter((record) => record !== null);

/** Calls in the same place with the same event, as far as both instances came. */
const listUnlike = (a: InstanceRecord | null, b: InstanceRecord | null): UnlikeCall[] => {
  const [left, right] = [a?.answers, b?.answers];
  if (!left?.digests || !right?.digests) return [];
  const isAlike = left.digests.length === 1 && right.digests.length === 1 && left.digests[0] === right.digests[0];
  if (isAlike) return [];
  const unlike: UnlikeCall[] = [];
  const count = Math.min(left.given?.length ?? 0, right.given?.length ?? 0);
  for (let n = 0; n < count; n++) {
    const event = left.sent[n];
    const digests = [left.digests[left.given?.[n] ?? -1], right.digests[right.given?.[n] ?? -1]];
    if (event === undefined || event !== right.sent[n] || digests[0] === digests[1]) continue;
    unlike.push({ event, digests: digests as [string, string] });
  }
  return unlike;
};

/** Calls of one instance whose event it has answered differently before. */
const listVaried = ({ answers }: InstanceRecord): UnlikeCall[] => {
  const { sent = [], digests, given = [], varied } = answers ?? {};
  if (!digests) return [];
  const firsts = new Map<number, string>();
  return given.flatMap((index, n): UnlikeCall[] => {
    const [event, digest] = [sent[n] ?? 0, digests[index] ?? ''];
    const first = firsts.get(event) ?? digest;
    firsts.set(event, first);
    return first === digest && n !== varied ? [] : [{ event, digests: [first, digest] }];
  });
};

/**
 * How the answers of one function differ at one revision. Where the control differs from the A/A control, the function is not
 * deterministic, and nothing else is said of it. Where answers vary from call to call and every arm has the same in the same
 * place, arms did the same work, and only that is said.
 */
const findDifferences = (
  name: string,
  blocks: Block[],
  control: string,
  revision: Revision = 'head',
): AnswerDifference[] => {
  const arms = blocks.flatMap((block) => armsOf(block, revision) ?? []);
  const describe = (
    code: AnswerDifference['code'],
    isolation: string,
    unlike: UnlikeCall[],
    names: [string, string],
  ): AnswerDifference[] => {
    const [first] = unlike;
    if (!first) return [];
    const events = new Set(unlike.map(({ event }) => event)).size;
    const excerpts = arms.flatMap((one) => recordsOf(one).flatMap(({ answers }) => answers?.excerpts ?? []));
    const texts = new Map(excerpts.map((one) => [keyOf(one.event, one.digest), one.text]));
    const shown = unlike.find(({ event, digests }) => digests.every((one) => texts.has(keyOf(event, one)))) ?? first;
    const file = excerpts.find(({ event }) => event === shown.event)?.file ?? '';
    // Two calls of one message have one digest, which stands for both answers.
    const [a, b] = shown.digests;
    const answers = (a === b ? [a] : [a, b]).map((digest, n) => ({
      isolation: names[n] ?? isolation,
      text:
        texts.get(keyOf(shown.event, digest)) ??
        `${n === 0 ? 'an' : 'another'} answer, of which only the digest ${digest} is known`,
    }));
    return [{ code, function: name, revision, isolation, events, file, answers }];
  };

  const itself = arms.flatMap((one) => listUnlike(one.control, one.aaControl));
  if (itself.length > 0) return describe('answers-vary', control, itself, [control, control]);
  const isolations = new Set(arms.flatMap(({ treatments }) => [...treatments.keys()]));
  const differing = [...isolations].flatMap((isolation) => {
    const unlike = arms.flatMap((one) => listUnlike(one.control, one.treatments.get(isolation) ?? null));
    return describe('answers-differ', isolation, unlike, [control, isolation]);
  });
  if (differing.length > 0) return differing;
  const varied = arms.flatMap((one) => (one.control ? listVaried(one.control) : []));
  return describe('answers-vary-by-call', control, varied, [control, control]);
};

const keyOf = (event: number, digest: string): string => `${event} ${digest}`;

/** One sentence without the function. */
export const tellDifference = ({ code, revision, isolation, events, file, answers }: AnswerDifference): string => {
  const [a, b] = answers;
  const texts = answers.map(({ text }) => text).join(', ');
  const more = events > 1 ? ` and ${events - 1} more` : '';
  const event = file === '' ? '' : ` (event ${file}${more})`;
  const where = revision === 'base' ? 'on the base, ' : '';
  switch (code) {
    case 'answers-differ':
      return `${where}${isolation} does not answer as ${a?.isolation} does${event}: ${a?.isolation} ${a?.text}, ${isolation} ${b?.text}`;
    case 'answers-vary':
      return `${where}two instances of ${isolation} do not answer alike${event}: ${texts}`;
    case 'answers-vary-by-call':
      return `${where}the answer changes from call to call with the same event${event}: ${texts}`;
  }
};

const ADVICE = 'if its answers may differ, set deterministic: false';

const CONSEQUENCES: Record<AnswerDifference['code'], string> = {
  'answers-differ': `arms that do not do the same work are not compared: mend the function, or ${ADVICE}`,
  'answers-vary': `the function is not deterministic, so whether arms do the same work is not known: ${ADVICE}`,
  'answers-vary-by-call': `every arm has the same answers in the same order, so arms are compared; ${ADVICE}`,
};

export const warnOfDifference = (one: AnswerDifference): Warning => ({
  code: one.code,
  message: `${one.function}: ${tellDifference(one)}; ${CONSEQUENCES[one.code]}`,
});

/** Of one function that is to answer alike, at both revisions. */
export const listDifferences = (name: string, blocks: Block[], control: string): AnswerDifference[] =>
  (['head', 'base'] as const).flatMap((revision) => findDifferences(name, blocks, control, revision));

/** How many of its events a function was called with; null where its samples hold no answers. */
export const countEvents = (blocks: Block[]): EventsUsed | null => {
  const answers = blocks.flatMap((block) => recordsOf(block).flatMap((record) => record.answers ?? []));
  if (answers.length === 0) return null;
  const of = answers.reduce((most, { events }) => Math.max(most, events), 0);
  return { used: new Set(answers.flatMap(({ sent }) => sent)).size, of };
};
