import type { InstanceRecord, Samples } from '../model/samples.ts';
import { groupFailures } from './details.ts';
import type { Block, Section, Text } from './document.ts';

const MAX_LINES = 20;
const MAX_CHARACTERS = 2000;
/** Different texts; samples.jsonl has all of them. */
const MAX_TEXTS = 10;

/**
 * The end of what failed functions wrote to standard error: for each function and isolation that of its most frequent
 * failure, and each text once.
 */
export function lastWordsSection({ instances }: Samples): Section | null {
  const texts = new Map<string, InstanceRecord[]>();
  const told = new Set<string>();
  for (const group of groupFailures(instances)) {
    const one = group.find(({ stderr }) => stderr !== undefined && stderr.trim() !== '');
    if (one?.stderr === undefined) continue;
    const arm = JSON.stringify([one.function, one.isolation]);
    if (told.has(arm)) continue;
    told.add(arm);
    const text = endOf(one.stderr);
    texts.set(text, [...(texts.get(text) ?? []), one]);
  }
  if (texts.size === 0) return null;
  const blocks = [...texts].slice(0, MAX_TEXTS).flatMap(([text, records]): Block[] => [
    { kind: 'paragraph', text: namesOf(records) },
    { kind: 'code', text },
  ]);
  if (texts.size > MAX_TEXTS)
    blocks.push({ kind: 'paragraph', text: `${texts.size - MAX_TEXTS} more texts: see samples.jsonl` });
  return { title: 'The end of their standard error', folded: true, inTerminal: true, blocks };
}

function endOf(stderr: string): string {
  const lines = stderr
    .trimEnd()
    .slice(-MAX_CHARACTERS)
    .split(/\r\n|\r|\n/);
  const kept = lines.slice(-MAX_LINES).join('\n');
  return kept.length < stderr.trimEnd().length ? `…\n${kept}` : kept;
}

const namesOf = (records: InstanceRecord[]): Text =>
  records.flatMap((one, i) => [...(i === 0 ? [] : [', ']), { code: one.function }, ' under ', { code: one.isolation }]);
