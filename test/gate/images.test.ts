import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listOwnDirectories } from '../../src/gate/images.ts';

it('lists what the run writes, what it compares with, and where the samples lie that it carries on', () => {
  expect(listOwnDirectories('out', null)).toEqual([join(process.cwd(), 'out')]);
  expect(listOwnDirectories('/o', '/b/', '/earlier/samples.jsonl')).toEqual(['/o', '/b', '/earlier']);
});
