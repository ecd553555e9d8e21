import { expect, it } from 'vitest';
import { messageMarkdown } from '../../src/report/escape.ts';

it('a long message is cut only where its caller says', () => {
  const command = 'gh workflow run WORKFLOW -f pull-request=7';
  const words = 'word '.repeat(150).trim();
  expect(messageMarkdown(`${words} \`${command}\` ${words}`, 2000)).toBe(`${words} \`${command}\` ${words}`);
});
