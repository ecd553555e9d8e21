import { Readable } from 'node:stream';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { adviseOnWords, keepTail } from '../../../src/isolation/channel/process-end.ts';

const ADVICE = '; no-such-tool is not in its image: name it in programs, or install it in an image of your own';

it.each([['sh'], ['bash', '--norc']])(
  'knows what %s says of a program that is not there',
  async (shell, ...options) => {
    const env = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' };
    const { stderr } = await execa(shell, [...options, '-c', 'no-such-tool -x | cat; exit 1'], {
      env,
      extendEnv: false,
      reject: false,
    });
    expect(adviseOnWords(stderr)).toBe(ADVICE);
    expect(adviseOnWords(`first\n${stderr}\nlast`)).toBe(ADVICE);
  },
);

it.each(['', 'Error: key not found in the table', 'the page was not found', 'Traceback (most recent call last):'])(
  'says nothing of %j',
  (words) => expect(adviseOnWords(words)).toBe(''),
);

it.each([
  ['all of it', ['first ', 'second\n'], 'first second'],
  ['its end, marked as cut', ['x'.repeat(16_384), 'second\n'], `…${'x'.repeat(16_377)}second`],
])('of what a process printed, keeps %s', async (_, chunks, kept) => {
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  const tail = keepTail(stream);
  await new Promise((resolve) => stream.on('end', resolve));
  expect(tail()).toBe(kept);
});
