import { expect, it } from 'vitest';
import { type AnswerRules, createAnswerBook } from '../../src/measure/answer-book.ts';
import { secretHider } from '../../src/measure/hide-secrets.ts';
import { noteAnswers } from '../../src/measure/note-answers.ts';

const RULES: AnswerRules = {
  files: ['events/a.json', 'events/b.json'],
  expect: { kind: 'success' },
  deterministic: true,
};

const reply = (text: string, other?: string) => ({
  ok: true as const,
  result: JSON.parse(text),
  text,
  ...(other !== undefined && { other: { result: JSON.parse(other), text: other } }),
  ns: [1],
  roundTripMs: 1,
});

it('texts of one value have one digest: order of keys, blanks and 1.0 do not count', () => {
  const book = createAnswerBook(RULES);
  const digests = ['{"a":1,"b":[2]}', '{ "b": [2.0], "a": 1.0 }'].map((text) => book.look(0, reply(text)).digest);
  // The first 16 digits of: printf '{"a":1,"b":[2]}' | sha256sum
  expect(digests).toEqual(['0855bfc20eb6cfaa', '0855bfc20eb6cfaa']);
  expect(book.takeExcerpts()).toEqual([]);
});

it('of an event that is answered differently both answers are kept, once', () => {
  const book = createAnswerBook(RULES);
  const look = (event: number, text: string) => book.look(event, reply(text));
  look(0, '{"n":1}');
  look(1, '{"n":2}');
  expect(book.takeExcerpts()).toEqual([]);
  look(0, '{"n":3}');
  look(0, '{"n":1}');
  expect(book.takeExcerpts()).toEqual([
    { event: 0, file: 'events/a.json', digest: expect.stringMatching(/^[0-9a-f]{16}$/), text: '{"n":1}' },
    { event: 0, file: 'events/a.json', digest: expect.stringMatching(/^[0-9a-f]{16}$/), text: '{"n":3}' },
  ]);
  expect(book.takeExcerpts()).toEqual([]);
});

it('excerpts are short, on one line, and few', () => {
  const book = createAnswerBook(RULES);
  for (let n = 0; n < 100; n++) {
    book.begin();
    book.look(0, reply(JSON.stringify(`${n}\u001b[2J\n${'x'.repeat(10_000)}`)));
  }
  const excerpts = book.takeExcerpts();
  expect(excerpts).toHaveLength(20);
  for (const { text } of excerpts) expect(text).toMatch(/^"\d+\\u001b\[2J\\nx{170,200}…$/);
});

it('what the pilot showed is told again in the records', () => {
  const book = createAnswerBook(RULES);
  const lookAtBoth = () => [1, 2].map((n) => book.look(0, reply(`{"n":${n}}`)).digest);
  const digests = lookAtBoth();
  expect(book.takeExcerpts()).toHaveLength(2);
  expect(lookAtBoth()).toEqual(digests);
  expect(book.takeExcerpts()).toEqual([]);
  book.forget();
  expect(lookAtBoth()).toEqual(digests);
  expect(book.takeExcerpts().map(({ text }) => text)).toEqual(['{"n":1}', '{"n":2}']);
});

it('a message with two calls that were answered differently has a digest of both', () => {
  const book = createAnswerBook(RULES);
  const alone = book.look(0, reply('2'));
  const both = book.look(0, reply('2', '1'));
  expect(alone.isVaried).toBe(false);
  expect(both.isVaried).toBe(true);
  expect(both.digest).not.toBe(alone.digest);
  expect(book.takeExcerpts()).toEqual([
    { event: 0, file: 'events/a.json', digest: alone.digest, text: '2' },
    { event: 0, file: 'events/a.json', digest: '6b86b273ff34fce1', text: '1' },
    { event: 0, file: 'events/a.json', digest: both.digest, text: '1, then 2' },
  ]);
  expect(book.look(0, reply('2.0', '2')).isVaried).toBe(false);
});

it('an answer that is not as expected is told with its event and its text, also that of another call', () => {
  const book = createAnswerBook(RULES);
  const bad = '{"statusCode":404,"body":"no such order"}';
  const message = `the answer to events/b.json is not as expected (statusCode 404 is not below 400): ${bad}`;
  expect(book.look(1, reply(bad)).problem).toBe(message);
  expect(book.look(1, reply('{"statusCode":200}', bad)).problem).toBe(message);
  expect(book.look(1, reply('{"statusCode":200}')).problem).toBeNull();
});

it('secrets are in no text of it, also where the cut goes through them', () => {
  const hide = (text: string) => text.replaceAll('s3cret'.repeat(10), '***');
  const book = createAnswerBook({ ...RULES, hide });
  const answer = { statusCode: 500, body: `${'x'.repeat(150)}${'s3cret'.repeat(10)}` };
  expect(book.look(0, reply(JSON.stringify(answer))).problem).not.toContain('s3');
  book.look(0, reply('1'));
  expect(JSON.stringify(book.takeExcerpts())).not.toContain('s3');
});

it('answers that may differ have no digests, and are held to what is expected', () => {
  const notes = noteAnswers({ events: [1, 2], book: createAnswerBook({ ...RULES, deterministic: false }) });
  for (const [event, text] of [
    [0, '1'],
    [0, '2'],
    [1, '{"statusCode":500}'],
  ] as const) {
    notes.sent(event);
    expect(notes.given(event, reply(text)) === null).toBe(text !== '{"statusCode":500}');
  }
  expect(notes.answers).toEqual({ events: 2, sent: [0, 0, 1] });
});

it('an instance notes what it was sent, and each different answer once', () => {
  const notes = noteAnswers({ events: [1, 2], book: createAnswerBook(RULES) });
  for (const [event, text] of [
    [0, '1'],
    [1, '2'],
    [0, '1'],
  ] as const) {
    notes.sent(event);
    notes.given(event, reply(text));
  }
  notes.sent(1);
  const { digests = [], ...rest } = notes.answers;
  expect(rest).toEqual({ events: 2, sent: [0, 1, 0, 1], given: [0, 1, 0] });
  expect(digests).toEqual(['6b86b273ff34fce1', 'd4735e3a265e16ee']);
});

it('an instance that never answers alike leaves room for the answers of the next one', () => {
  const book = createAnswerBook(RULES);
  const [control, twin] = [0, 100].map((from) => {
    const notes = noteAnswers({ events: [1, 2], book });
    for (let n = 0; n < 50; n++) {
      notes.sent(0);
      notes.given(0, reply(`{"id":${from + n}}`));
    }
    return notes.answers.excerpts?.map(({ text }) => text);
  });
  expect(control).toEqual(['{"id":0}', '{"id":1}', '{"id":2}', '{"id":3}']);
  expect(twin).toEqual(['{"id":100}', '{"id":101}', '{"id":102}', '{"id":103}']);
});

it('what one instance answered late is told when another one begins with it', () => {
  const book = createAnswerBook(RULES);
  const first = noteAnswers({ events: [1], book });
  for (let n = 0; n < 10; n++) first.given(0, reply(String(n)));
  const second = noteAnswers({ events: [1], book });
  second.given(0, reply('9'));
  expect(second.answers.excerpts?.map(({ text }) => text)).toEqual(['9']);
});

it('no part of a secret is left where an answer or the reason is cut', () => {
  const hide = secretHider({ KEY: 'correct-horse-"battery"-staple' });
  const schema = { additionalProperties: { type: 'string' } };
  const book = createAnswerBook({ ...RULES, expect: { kind: 'schema', schema }, hide });
  for (const shift of [0, 8, 16, 24]) {
    const long = JSON.stringify({ [`${'x'.repeat(210 + shift)}/correct-horse-"battery"-staple`]: 1 });
    const { problem } = book.look(0, reply(long));
    expect(problem).toMatch(/^the answer to events\/a\.json is not as expected \(it breaks/);
    expect(problem).not.toMatch(/corr|hors|batt|stap/);
  }
  const cut = createAnswerBook({ ...RULES, expect: { kind: 'value', value: 1 }, hide });
  for (let shift = 0; shift < 40; shift++) {
    const text = `${'x'.repeat(200 - shift)}correct-horse-"battery"-staple`;
    expect(cut.look(1, reply(JSON.stringify({ text }))).problem).not.toMatch(/corr|hors|batt|stap/);
  }
});
