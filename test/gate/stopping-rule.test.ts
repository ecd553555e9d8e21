import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { followRun } from '../../src/decide/follow-run.ts';
import { declareLooks } from '../../src/decide/plan-looks.ts';
import { createStoppingRule } from '../../src/gate/stopping-rule.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { openSamples } from '../../src/samples/samples-writer.ts';
import { toFunctions } from '../../src/samples/to-functions.ts';
import { blocks, configOf, instance, samplesOf } from '../support/decide-samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-stopping-rule-'));
afterAll(() => rmSync(directory, { recursive: true }));

const ISOLATIONS = { native: {}, runc: {}, gvisor: {}, crun: {} };

/** `count` blocks in which runc costs nothing, and gvisor just what its limit allows. */
const measured = (count: number) =>
  blocks(count).flatMap((record) =>
    record.arm === 'treatment'
      ? [record, instance(record.block, 'treatment', { latency_ms: 110 + (record.block % 2) }, { isolation: 'gvisor' })]
      : [record],
  );

const follow = async (document: object) => {
  const config = configOf({ isolations: ISOLATIONS, ...document });
  const facts = { gate: 'isogate', baseline: [], fingerprint: {} };
  const samples = samplesOf([], { looks: declareLooks(config, facts) });
  const path = join(directory, 'samples.jsonl');
  const writer = await openSamples(path, samples.header);
  const lines: string[] = [];
  let instances: InstanceRecord[] = [];
  const measuring = { ...writer, byFunction: () => toFunctions({ ...writer.samples(), instances }) };
  const { onBlock, hasFutile, isolations } = createStoppingRule(
    'f',
    config,
    measuring,
    followRun(config),
    new Set(),
    (line) => lines.push(line),
  );
  return {
    lines,
    hasFutile,
    isolations,
    first: samples.header.looks.schedule[0] ?? 0,
    looks: () =>
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"look"'))
        .map((line) => JSON.parse(line)),
    async at(count: number, blocksLeft = 60 - count) {
      instances = measured(count);
      const { drop, isOver } = await onBlock(count, blocksLeft);
      return { drop: [...drop].sort(), isOver };
    },
  };
};

it('what is decided, and what nothing hangs on, gets no more blocks once a first look is past', async () => {
  const { at, first, looks, lines, hasFutile, isolations } = await follow({
    budgets: { runc: { latency: '4x' }, gvisor: { latency: '+10.5%' } },
  });
  // No regression of the control is declared: it is measured for the others only.
  expect(await at(2)).toEqual({ drop: ['native'], isOver: false });
  expect(await at(5)).toEqual({ drop: ['native'], isOver: false });
  // A function alone is decided after six blocks at the soonest, where its limit is over three times its cost.
  expect(await at(6)).toEqual({ drop: ['native', 'runc'], isOver: false });
  expect(await at(first)).toEqual({ drop: ['crun', 'native', 'runc'], isOver: false });
  const [early, middle, late] = looks();
  // 0.04 + 0.01 + (0.3 + 0.35)·0.02 of 0.01, and 0.65·0.05 of 0.05, for early looks; ranks have the rest.
  expect(early).toMatchObject({ type: 'look', function: 'f', n: 5, dropped: [] });
  expect(early.alphaSpent.fail).toBeCloseTo(0.01 * (0.063 + 0.93 * 0.98 * 0.35 * (5 / 60) ** 1.5), 10);
  expect(early.alphaSpent.pass).toBeCloseTo(0.05 * (0.0325 + 0.95 * 0.98 * 0.35 * (5 / 60) ** 1.5), 10);
  expect(middle).toMatchObject({ n: 6, dropped: ['runc'], hopeless: [] });
  expect(late).toMatchObject({ n: first, dropped: ['runc', 'crun'], hopeless: [] });
  expect(lines).toEqual([]);
  expect(isolations()).toEqual([
    { isolation: 'runc', state: 'decided', blocks: 6 },
    { isolation: 'gvisor', state: 'open', blocks: null },
  ]);
  expect(hasFutile()).toBe(false);
});

it('is over when nothing is open', async () => {
  const { at, first, looks, isolations } = await follow({
    budgets: { runc: { latency: '+50%' }, gvisor: { latency: '+50%' } },
  });
  expect((await at(first)).isOver).toBe(true);
  expect(looks()).toHaveLength(1);
  expect(isolations()).toEqual([
    { isolation: 'runc', state: 'decided', blocks: first },
    { isolation: 'gvisor', state: 'decided', blocks: first },
  ]);
});

it('what the blocks that are left cannot decide is given up, for good, and named', async () => {
  const { at, first, looks, lines, hasFutile } = await follow({
    budgets: { runc: { latency: '+50%' }, gvisor: { latency: '+10.5%' } },
  });
  expect(await at(first, 1)).toMatchObject({ isOver: true });
  expect(looks()).toMatchObject([{ n: first, dropped: ['runc', 'gvisor', 'crun'], hopeless: ['gvisor'] }]);
  expect(hasFutile()).toBe(true);
  expect(lines).toEqual([`f · gvisor: given up after ${first} blocks, because the time left cannot decide it`]);
});

it('where nothing is gated nothing is ever over', async () => {
  const { at, looks } = await follow({});
  expect(await at(30)).toEqual({ drop: ['native'], isOver: false });
  expect(looks()).toEqual([]);
});
