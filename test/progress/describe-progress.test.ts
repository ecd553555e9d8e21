import { expect, it } from 'vitest';
import type { IsolationProgress } from '../../src/model/progress.ts';
import { describeEnd, describeName, describeStage, describeStates } from '../../src/progress/describe-progress.ts';
import { progressOf } from '../support/progress.ts';

const of = (isolation: string, state: IsolationProgress['state'], blocks: number | null = null): IsolationProgress => ({
  isolation,
  state,
  blocks,
});

it.each([
  ['decided', [of('runc', 'decided', 4)], 'everything decided after 5 blocks in 9 s: runc after 4'],
  ['decided', [], 'measured after 5 blocks in 9 s'],
  [
    'undecidable',
    [of('runc', 'decided', 4), of('gvisor', 'futile', 5)],
    'nothing more can be decided after 5 blocks in 9 s: runc after 4; given up: gvisor',
  ],
  ['time', [of('gvisor', 'open')], 'its time is up after 5 blocks in 9 s: still open: gvisor'],
  ['cap', [of('gvisor', 'open')], 'all planned blocks are measured after 5 blocks in 9 s: still open: gvisor'],
  ['failed', [], 'it could not be measured after 5 blocks in 9 s'],
  ['interrupted', [of('gvisor', 'open')], 'interrupted after 5 blocks in 9 s: still open: gvisor'],
] as const)('a function that ended with %s, %j', (reason, isolations, text) => {
  expect(describeEnd(progressOf({ stage: 'done', reason, isolations: [...isolations] }))).toBe(text);
});

it('names four isolations and counts the others', () => {
  const isolations = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => of(name, 'decided', 3));
  expect(describeStates(isolations)).toEqual({ open: '', decided: 'a, b, c, d, 2 more', futile: '' });
  expect(describeEnd(progressOf({ stage: 'done', reason: 'decided', isolations }))).toBe(
    'everything decided after 5 blocks in 9 s: a after 3, b after 3, c after 3, d after 3, 2 more',
  );
});

it('says of each stage what is known in it', () => {
  expect(describeStage(progressOf({ stage: 'pilot', leftMs: null }))).toBe('pilot, in gvisor');
  expect(describeStage(progressOf({ mostBlocks: null, running: null }))).toBe('5 blocks, about 13 s left');
  // The blocks that a decision needs may take longer than the time that was planned.
  expect(describeStage(progressOf({ leftMs: -3 }))).toBe('5 of at most 24 blocks, about 0 s left, in gvisor');
  expect(describeStage(progressOf({ stage: 'orientation', leftMs: 9_000 }))).toBe(
    'short blocks that decide nothing, about 9 s left, in gvisor',
  );
});

it('numbers functions where there are several, and lets none of their characters move the cursor', () => {
  expect(describeName(progressOf())).toBe('thumbnail (1 of 3)');
  expect(describeName(progressOf({ of: 1, function: 'a\u001b[2Jb' }))).toBe('a\\u{1b}[2Jb');
});
