import { expect, it } from 'vitest';
import { decideRun } from '../../src/decide/decide-run.ts';
import { followRun } from '../../src/decide/follow-run.ts';
import { declareLooks } from '../../src/decide/plan-looks.ts';
import { judgeIsolations } from '../../src/decide/stopping-rule.ts';
import type { InstanceRecord, SamplesByFunction } from '../../src/model/samples.ts';
import { toFunctions } from '../../src/samples/to-functions.ts';
import { blocks, configOf, samplesOf } from '../support/decide-samples.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const config = configOf({
  functions: Object.fromEntries(NAMES.map((name) => [name, {}])),
  budgets: { runc: { latency: '+10%', cold_start: '+500ms' } },
});
const facts = { gate: 'isogate', baseline: [], fingerprint: {} };
const header = { looks: declareLooks(config, facts) };

/** `b` breaks its limit, `c` lies at it. */
const FACTORS: Record<string, number> = { a: 1.01, b: 1.3, c: 1.1, d: 1.02 };
const measured = (name: string, count: number): InstanceRecord[] =>
  blocks(count, { factor: FACTORS[name] ?? 1, seed: name.charCodeAt(0) }).map((record) => ({
    ...record,
    function: name,
    metrics: { ...record.metrics, cold_start_ms: 60 },
  }));

/** Counts how often the instances of each function are asked for. */
const counted = (samples: SamplesByFunction, asked: string[]): SamplesByFunction => ({
  ...samples,
  instancesOf(name) {
    asked.push(name);
    return samples.instancesOf(name);
  },
});

it('each look says what a decision on everything says, and reads only the function that grew', () => {
  const followed = followRun(config);
  const done: InstanceRecord[] = [];
  const outcomes = new Set<string | undefined>();
  for (const name of NAMES) {
    const ofOthers: string[] = [];
    for (let count = 1; count <= 24; count += 1) {
      const samples = samplesOf([...done, ...measured(name, count)], header);
      const asked: string[] = [];
      const run = followed.look(counted(toFunctions(samples), asked), name);
      const whole = decideRun(samples, config, { final: false });
      const own = (of: typeof run) =>
        of.comparisons.filter(({ planned }) => planned.declared.function === name).map(({ decision }) => decision);
      expect([name, count, own(run)]).toEqual([name, count, own(whole)]);
      expect(judgeIsolations(run, config, name, 60 - count).states).toEqual(
        judgeIsolations(whole, config, name, 60 - count).states,
      );
      for (const decision of own(run)) outcomes.add(decision?.outcome);
      ofOthers.push(...asked.filter((other) => other !== name));
    }
    // The function before it for what came after its last look, and each function before it for the noise of its blocks.
    expect(ofOthers.length).toBeLessThanOrEqual(2 * NAMES.length);
    done.push(...measured(name, 24));
  }
  expect([...outcomes].sort()).toEqual(['fail', 'open', 'pass']);
});

it('what earlier attempts measured counts from the first look on', () => {
  const before = NAMES.flatMap((name) => measured(name, 20));
  const samples = toFunctions(samplesOf(before, header));
  const followed = followRun(config);
  for (const name of ['c', 'a', 'b', 'c'])
    expect(
      followed.look(samples, name).comparisons.filter(({ planned }) => planned.declared.function === name),
    ).toEqual(
      decideRun(samples, config, { final: false }).comparisons.filter(
        ({ planned }) => planned.declared.function === name,
      ),
    );
});
