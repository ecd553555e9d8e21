import { describe, expect, it, test } from 'vitest';
import { secretHider } from '../../src/measure/hide-secrets.ts';

it.each([
  ['cannot log in with s3cret-key', 'cannot log in with ***'],
  ['s3cret-key and longer: s3cret-key-2', '*** and longer: ***'],
  ['the line "END KEY" of it', 'the line "***" of it'],
  [String.raw`as JSON: {"key":"a \"quoted\" value"}`, 'as JSON: {"key":"***"}'],
  ['abc is too short to be told from words', 'abc is too short to be told from words'],
])('%s', (text, shown) => {
  const hide = secretHider({
    A: 's3cret-key',
    B: 's3cret-key-2',
    C: 'BEGIN\nEND KEY',
    D: 'abc',
    E: 'a "quoted" value',
  });
  expect(hide(text)).toBe(shown);
});

test('without secrets nothing is changed', () => {
  expect(secretHider({})('a text')).toBe('a text');
});

const VALUE = 'p"ä😀s\\s/wörd <1>';
const KEY = 'MIIEvAIBADANBgkq\nhkiG9w0BAQEFAASC\nBKYwggSiAgEAAoIB';
const PEM = `-----BEGIN PRIVATE KEY-----\n${KEY}\n-----END PRIVATE KEY-----\n`;
const ACCOUNT = JSON.stringify({ type: 'service_account', key: { pem: PEM }, more: ['another-secret'] }, null, 2);
const hide = secretHider({ VALUE, ACCOUNT, CRLF: 'first-line\r\nsecond-line\r\n' });

const json = (text: string, depth: number): string => (depth === 0 ? text : json(JSON.stringify(text), depth - 1));
/** As Python's json.dumps writes it. */
const ascii = (text: string): string =>
  JSON.stringify(text).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('a secret is found', () => {
  it.each([1, 2, 3, 4])('in JSON at depth %d', (depth) => {
    expect(hide(json(VALUE, depth))).toMatch(/^[\\"]+\*\*\*[\\"]+$/);
    expect(hide(json(`key: ${PEM}`, depth))).toMatch(/^[\\"]+key: \*\*\*[\\n]*[\\"]+$/);
  });

  it('in the body of an answer as on AWS Lambda', () => {
    const answer = { statusCode: 500, body: JSON.stringify({ password: VALUE, account: ACCOUNT }) };
    expect(hide(JSON.stringify(answer))).toBe(
      String.raw`{"statusCode":500,"body":"{\"password\":\"***\",\"account\":\"***\"}"}`,
    );
  });

  it.each([
    ['JSON in ASCII, as of Python', ascii(VALUE), '"***"'],
    ['the same in JSON', ascii(ascii(VALUE)), String.raw`"\"***\""`],
    ['the same in JSON of another language', JSON.stringify(ascii(VALUE)), String.raw`"\"***\""`],
    ['JSON for HTML, as of Go', String.raw`"p\"ä😀s\\s/wörd \u003c1\u003E"`, '"***"'],
    ['JSON of PHP', String.raw`"p\"\u00e4\ud83d\ude00s\\s\/w\u00f6rd <1>"`, '"***"'],
    ['a URL', `?q=${encodeURIComponent(VALUE)}&x`, '?q=***&x'],
    ['a form', `q=${new URLSearchParams({ q: VALUE }).get('q')}`, 'q=***'],
    ['a form, encoded', `${new URLSearchParams({ q: VALUE })}`, 'q=***'],
    ['HTML', '<p>p&quot;ä😀s\\s/wörd &lt;1&gt;</p>', '<p>***</p>'],
    ['a JSON Pointer', '#/p%22%C3%A4%F0%9F%98%80s%5Cs~1w%C3%B6rd%20%3C1%3E/0', '#/***/0'],
    ['a line of its own, with line ends of Windows', 'see second-line, first-line', 'see ***, ***'],
    ['a line of a key in JSON', 'line 2: hkiG9w0BAQEFAASC', 'line 2: ***'],
    ['a string of JSON', 'with another-secret', 'with ***'],
    ['a key out of JSON', PEM, '***\n'],
    ['JSON written anew', JSON.stringify(JSON.parse(ACCOUNT).key), String.raw`{"pem":"***\n"}`],
  ])('in %s', (_, text, shown) => {
    expect(hide(text)).toBe(shown);
  });

  it.each(['', 'u', 'us', 'user:'])('in Base64 behind "%s"', (before) => {
    const encoded = Buffer.from(`${before}another-secret`).toString('base64');
    expect(hide(`Basic ${encoded}.`)).toMatch(/^Basic .{0,8}\*\*\*.{0,4}\.$/);
  });
});

describe('where a text was cut', () => {
  const secret = 'correct-horse-"battery"-stäple';
  const hideOne = secretHider({ secret });

  it.each([
    ['it is corr…', 'it is ***…'],
    ['it is cor…', 'it is cor…'],
    ['it is correct-horse-… (event a.json)', 'it is ***… (event a.json)'],
    [String.raw`"it is \"correct-horse-\\\…"`, String.raw`"it is \"***…"`],
    [String.raw`"it is correct-horse-\"battery\"-st\u00…"`, '"it is ***…"'],
    ['first correct-horse-"battery"-stäple, then correct-ho…', 'first ***, then ***…'],
    ['ended; its last words: …battery"-stäple is wrong', 'ended; its last words: …*** is wrong'],
    ['…\ufffd\ufffdple is wrong', '…\ufffd\ufffdple is wrong'],
    ['…\ufffdttery"-stäple', '…***'],
    [String.raw`…0e4ple and -"battery\"-st\u00e4ple`, String.raw`…0e4ple and -"battery\"-st\u00e4ple`],
    ['loading… correct', 'loading… correct'],
  ])('no part of it is left: %s', (text, shown) => {
    expect(hideOne(text)).toBe(shown);
  });

  it('also of one that is very long', () => {
    const long = Array.from({ length: 3000 }, (_, n) => (n * 7919).toString(36)).join('+');
    const hideLong = secretHider({ long });
    expect(hideLong(`all: ${long}.`)).toBe('all: ***.');
    expect(hideLong(`a part: ${long.slice(0, 5000)}…`)).toBe('a part: ***…');
    expect(hideLong(`…${long.slice(5000)} of it`)).toBe('…*** of it');
  });
});

it('patterns of a function that wants to keep the harness busy come to an end', () => {
  const spiteful = secretHider({
    A: String.raw`\"\"\n\n\\\\"\"\"\ä\ä"x`,
    B: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab',
    C: '\n"\n"\n"\nä',
  });
  for (const piece of ['\\', '\\"', '\\\\n', 'a', '…', '…aaaa', '%5c', '\n"'])
    expect(spiteful(piece.repeat(16_384 / piece.length)).length).toBeGreaterThan(16_000);
});
