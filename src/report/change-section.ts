import { shortCommit } from '../lib/text.ts';
import type { BaseOfFunction, ChangeUnderTest, Samples } from '../model/samples.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import type { Inline, Section, Text } from './document.ts';

const BASIS: Record<ChangeUnderTest['basis'], string> = {
  'merge-parent': 'the first parent of the merge commit under test',
  'merge-base': 'the commit where head and base parted',
  given: 'as given',
};

const showCommit = (commit: string): Inline => ({ code: shortCommit(commit) });

const part = (name: string, base: BaseOfFunction): Text => {
  const fn: Inline = { code: name };
  switch (base.state) {
    case 'beside':
      return [fn, ': the base’s arms ran in the same blocks, with a control of their own'];
    case 'same-image':
      return [fn, ': head and base have the same image, so nothing could have grown and the base was not measured'];
    case 'not-built':
      return [fn, `: the base could not be built, so it was not measured: ${base.reason}`];
    case 'not-running':
      return [fn, `: the base does not work, so it was not measured: ${base.reason}`];
  }
};

/** The stored records that growth was compared with, each once. */
const storedTexts = ({ comparisons }: VerdictDocument): Text[] => {
  const texts = new Map<string, Text>();
  for (const { against } of comparisons) {
    if (against?.source !== 'stored' && against?.source !== 'pinned') continue;
    const { source, commit, recordedAt } = against;
    const which = source === 'stored' ? 'the stored baseline of ' : 'the pinned reference ';
    const day = recordedAt === undefined ? '' : `, recorded ${recordedAt.slice(0, 10)}`;
    texts.set(`${source} ${commit} ${recordedAt}`, [
      'Growth was compared with ',
      which,
      commit === null ? 'an unknown commit' : showCommit(commit),
      day,
    ]);
  }
  return [...texts.values()];
};

/** Which revisions were compared, and how the base took part. */
export function changeSection(verdict: VerdictDocument, { header, instances }: Samples): Section | null {
  const unbuilt = new Set(instances.filter(({ phase }) => phase === 'build').map((one) => one.function));
  const { change } = header;
  const revisions: Text[] =
    change === undefined
      ? []
      : [
          [
            'Head ',
            change.head === null ? 'of the working tree' : showCommit(change.head),
            ' against base ',
            showCommit(change.base),
            `, ${BASIS[change.basis]}`,
          ],
          ...Object.entries(change.functions).flatMap(([name, base]) => (unbuilt.has(name) ? [] : [part(name, base)])),
        ];
  const items = [...revisions, ...storedTexts(verdict)];
  if (items.length === 0) return null;
  return { title: 'What was compared', folded: false, blocks: [{ kind: 'list', items }] };
}
