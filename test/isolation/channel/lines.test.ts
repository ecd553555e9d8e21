import { describe, expect, it } from 'vitest';
import { lineSplitter, MAX_LINE_BYTES, parseMessage } from '../../../src/isolation/channel/lines.ts';

const feed = (...chunks: string[]): string[] => {
  const lines: string[] = [];
  const split = lineSplitter((line) => lines.push(line.text));
  for (const chunk of chunks) split(Buffer.from(chunk));
  return lines;
};

describe('lineSplitter', () => {
  it('joins what came in pieces and splits what came together', () => {
    expect(feed('{"a":', '1}', '\n{"b":2}\n{"c"', ':3}\n')).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
  });

  it('keeps a character whose bytes came apart', () => {
    const lines: string[] = [];
    const split = lineSplitter((line) => lines.push(line.text));
    const bytes = Buffer.from('é\n');
    split(bytes.subarray(0, 1));
    split(bytes.subarray(1));
    expect(lines).toEqual(['é']);
  });

  it('joins a line that comes byte by byte, over and over', () => {
    const line = JSON.stringify({ text: 'x'.repeat(200_000) });
    const lines: string[] = [];
    const split = lineSplitter((one) => lines.push(one.text));
    for (const byte of Buffer.from(`${line}\n${line}\n`)) split(Buffer.of(byte));
    expect(lines).toEqual([line, line]);
  });

  it('refuses an endless line as soon as it is too long', () => {
    const split = lineSplitter(() => {});
    split(Buffer.alloc(MAX_LINE_BYTES, 97));
    expect(() => split(Buffer.from('a'))).toThrow('a line of more than 33554432 bytes came over the channel');
  });
});

describe('parseMessage', () => {
  it('takes an object', () => {
    expect(parseMessage('{"id":1,"ok":true}')).toEqual({ id: 1, ok: true });
  });

  it.each(['Hello, world', '[1]', '"text"', 'null', ''])('refuses %j', (text) => {
    expect(() => parseMessage(text)).toThrow('not a protocol message');
  });

  it('shows the beginning of a long one, marked as cut', () => {
    expect(() => parseMessage('x'.repeat(201))).toThrow(`not a protocol message: "${'x'.repeat(200)}…"`);
  });

  it('refuses deep nesting, but not brackets inside strings', () => {
    expect(() => parseMessage(`{"a":${'['.repeat(200)}${']'.repeat(200)}}`)).toThrow('nested deeper than 128 levels');
    expect(parseMessage(`{"a":"${'['.repeat(200)}\\"["}`)).toEqual({ a: `${'['.repeat(200)}"[` });
  });
});
