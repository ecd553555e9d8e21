/** What one instance was asked and how it answered, for its record (docs/reference/samples.md, `answers`). */

import type { Reply } from '../model/isolation.ts';
import type { InstanceAnswers } from '../model/samples.ts';
import type { EventFeed } from './event-feed.ts';

interface AnswerNotes {
  /** Kept up to date, so that it also tells of an instance that failed. */
  answers: InstanceAnswers;
  sent(event: number): void;
  /** @returns why the answer is not as expected; null where it is */
  given(event: number, reply: Reply & { ok: true }): string | null;
}

export function noteAnswers({ events, book }: Pick<EventFeed, 'events' | 'book'>): AnswerNotes {
  book.begin();
  const answers: InstanceAnswers = { events: events.length, sent: [] };
  const indices = new Map<string, number>();
  const digests: string[] = [];
  const given: number[] = [];
  if (book.isDeterministic) Object.assign(answers, { digests, given });
  return {
    answers,
    sent(event) {
      answers.sent.push(event);
    },
    given(event, reply) {
      const { digest, isVaried, problem } = book.look(event, reply);
      if (digest !== null) {
        const index = indices.get(digest) ?? digests.push(digest) - 1;
        indices.set(digest, index);
        if (isVaried) answers.varied ??= given.length;
        given.push(index);
        const excerpts = book.takeExcerpts();
        if (excerpts.length > 0) answers.excerpts = [...(answers.excerpts ?? []), ...excerpts];
      }
      return problem;
    },
  };
}
