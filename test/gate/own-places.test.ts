import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownPlaces } from '../../src/gate/own-places.ts';

it('names what the run writes, what it compares with, and where the carried on samples are', () => {
  expect(ownPlaces({ outDir: 'out', baseline: null })).toEqual([join(process.cwd(), 'out')]);
  expect(ownPlaces({ outDir: '/o', baseline: '/b/', continueFrom: '/earlier/samples.jsonl' })).toEqual([
    '/o',
    '/b',
    '/earlier',
  ]);
});
