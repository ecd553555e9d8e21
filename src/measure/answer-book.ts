/** Looks at every answer of one function at one revision. An answer that was seen before costs a look-up of its text and no more. */

import { canonicalJson } from '../lib/canonical-json.ts';
import { sha256 } from '../lib/digest.ts';
import { oneLine, shorten } from '../lib/text.ts';
import type { Expectation } from '../model/config.ts';
import type { Reply } from '../model/isolation.ts';
import type { AnswerExcerpt } from '../model/samples.ts';
import { createAnswerCheck } from './check-answer.ts';

/** Longer answers are remembered by a digest of their text. */
const LONGEST_KEPT = 512;
/** Of a function that never answers the same twice. */
const MOST_KEPT = 64;
/** Of the latest answers to all events, in characters. */
const MOST_KEPT_LENGTH = 16 * 2 ** 20;
const MOST_EXCERPTS = 20;
/** Of one instance, so that those of the other arms are told too. */
const MOST_OF_INSTANCE = 4;
const EXCERPT = 200;
/** An answer has up to 32 MiB. */
const LONGEST_SEARCHED = 16 * 1024;
const DIGEST_DIGITS = 16;

export interface LookedAt {
  /** Null where answers may differ (`deterministic: false`). */
  digest: string | null;
  /** Two calls of one message were answered differently. */
  isVaried: boolean;
  /** Why it is not as expected; null where it is. */
  problem: string | null;
}

interface Known extends LookedAt {
  /** The answer, cut; of two calls that were answered differently each, and both together. */
  shown: AnswerExcerpt[];
}

export interface AnswerBook {
  isDeterministic: boolean;
  /** ` (event FILE)` for the end of a message; empty where there is one event only. */
  place(event: number): string;
  look(event: number, reply: Reply & { ok: true }): LookedAt;
  /** From here on another instance answers. */
  begin(): void;
  /** Answers to an event that was answered differently before; those that were not yet taken. */
  takeExcerpts(): AnswerExcerpt[];
  /** After the pilot, whose instances leave no records: what they answered is forgotten, so that it is told again. */
  forget(): void;
}

export interface AnswerRules {
  /** The file of each event; one text where there is one event without a file. */
  files: string[];
  expect: Expectation;
  deterministic: boolean;
  /** Takes secrets out of a text. */
  hide?: (text: string) => string;
}

export function createAnswerBook({ files, expect, deterministic, hide = (text) => text }: AnswerRules): AnswerBook {
  const check = createAnswerCheck(expect);
  /** The answer as JSON on one line, cut: what is hidden is so before the last cut, and next to the first, which saves time. */
  const show = (answer: unknown): string =>
    shorten(oneLine(hide(shorten(JSON.stringify(answer) ?? 'null', LONGEST_SEARCHED))), EXCERPT);
  const explain = (event: number, answer: unknown): string | null => {
    const problem = check(answer);
    if (problem === null) return null;
    const to = files.length > 1 ? ` to ${files[event]}` : '';
    return `the answer${to} is not as expected (${hide(problem)}): ${show(answer)}`;
  };
  const seen = new Map<number, Map<string, Known>>();
  /** The answer to each event that came last, with its whole text: to compare it is cheaper than to digest another. */
  const latest = new Map<number, { text: string; looked: Known }>();
  let keptLength = 0;
  /** The first answer to each event. */
  const firsts = new Map<number, AnswerExcerpt>();
  /** Event and digest of what was told. */
  const told = new Set<string>();
  let toldOfInstance = 0;
  let excerpts: AnswerExcerpt[] = [];

  const tell = (excerpt: AnswerExcerpt): void => {
    const key = `${excerpt.event} ${excerpt.digest}`;
    if (told.size >= MOST_EXCERPTS || toldOfInstance >= MOST_OF_INSTANCE || told.has(key)) return;
    told.add(key);
    toldOfInstance++;
    excerpts.push(excerpt);
  };
  const remember = ({ shown }: Known): void => {
    for (const excerpt of shown) {
      const first = firsts.get(excerpt.event);
      if (!first) firsts.set(excerpt.event, excerpt);
      else if (first.digest !== excerpt.digest) {
        tell(first);
        tell(excerpt);
      }
    }
  };
  const lookClosely = (event: number, { result, other }: Reply & { ok: true }): Known => {
    const problem = explain(event, result) ?? (other ? explain(event, other.result) : null);
    if (!deterministic) return { digest: null, isVaried: false, problem, shown: [] };
    const last = digestOf(canonicalJson(result));
    const before = other ? digestOf(canonicalJson(other.result)) : last;
    const isVaried = before !== last;
    const digest = isVaried ? digestOf(`${before} ${last}`) : last;
    const excerpt = (of: string, text: string) => ({ event, file: files[event] ?? '', digest: of, text });
    const excerptsOf = (): AnswerExcerpt[] => {
      if (!isVaried) return [excerpt(last, show(result))];
      const [first, second] = [show(other?.result), show(result)];
      const both = `${shorten(first, EXCERPT / 2)}, then ${shorten(second, EXCERPT / 2)}`;
      return [excerpt(before, first), excerpt(digest, both), excerpt(last, second)];
    };
    return { digest, isVaried, problem, shown: told.size >= MOST_EXCERPTS ? [] : excerptsOf() };
  };

  const keepLatest = (event: number, text: string, looked: Known): void => {
    keptLength -= latest.get(event)?.text.length ?? 0;
    latest.delete(event);
    if (keptLength + text.length > MOST_KEPT_LENGTH) return;
    keptLength += text.length;
    // Copied, as the text is a part of a line that would be kept with it.
    latest.set(event, { text: Buffer.from(text).toString(), looked });
  };

  return {
    isDeterministic: deterministic,
    place: (event) => (files.length > 1 ? ` (event ${files[event]})` : ''),
    look(event, reply) {
      const last = latest.get(event);
      if (last?.text === reply.text && !reply.other) {
        remember(last.looked);
        return last.looked;
      }
      const known = seen.get(event) ?? new Map<string, Known>();
      const key = keyOf(reply);
      const looked = known.get(key) ?? lookClosely(event, reply);
      remember(looked);
      if (known.size >= MOST_KEPT) known.clear();
      seen.set(event, known.set(key, looked));
      if (!reply.other) keepLatest(event, reply.text, looked);
      return looked;
    },
    begin() {
      toldOfInstance = 0;
    },
    forget() {
      for (const memory of [seen, latest, firsts, told]) memory.clear();
      keptLength = 0;
      toldOfInstance = 0;
      excerpts = [];
    },
    takeExcerpts() {
      const taken = excerpts;
      excerpts = [];
      return taken;
    },
  };
}

const digestOf = (text: string): string => sha256(text).slice(0, DIGEST_DIGITS);

const keyOf = ({ text, other }: Reply & { ok: true }): string => {
  const all = other ? `${text}\n${other.text}` : text;
  return all.length <= LONGEST_KEPT ? all : sha256(all);
};
