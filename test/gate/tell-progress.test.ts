import { expect, it } from 'vitest';
import { tellProgress } from '../../src/gate/tell-progress.ts';
import type { FunctionProgress } from '../../src/model/progress.ts';
import { progressOf } from '../support/progress.ts';

it('joins what is measured with what is decided, and keeps what has not changed', () => {
  const told: FunctionProgress[] = [];
  const { isolations, findWidest, decideNow } = progressOf();
  const rule = { isolations: () => isolations, findWidest };
  const place = { function: 'thumbnail', place: 2, of: 3 };
  const teller = tellProgress(place, rule, decideNow, (state) => told.push(state));
  teller.measuring({ running: 'runc' });
  teller.measuring({ stage: 'blocks', blocks: 0, mostBlocks: 24, leftMs: 30_000 });
  teller.measuring({ blocks: 1, leftMs: 28_000 });
  teller.done('undecidable');
  expect(told.map(({ stage, blocks, leftMs, running, reason }) => [stage, blocks, leftMs, running, reason])).toEqual([
    ['pilot', 0, null, 'runc', null],
    ['blocks', 0, 30_000, 'runc', null],
    ['blocks', 1, 28_000, 'runc', null],
    ['done', 1, 28_000, 'runc', 'undecidable'],
  ]);
  expect(told.at(-1)).toMatchObject({ ...place, isolations, findWidest });
  // Nobody need look.
  tellProgress(place, rule, decideNow, undefined).done('decided');
});
