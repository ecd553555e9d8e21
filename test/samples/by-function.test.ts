/** Files are read in two ways, as objects and as numbers. Both must lead to the same verdict. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { BadInputError } from '../../src/model/errors.ts';
import { readSamples, readSamplesByFunction } from '../../src/samples/read-samples.ts';
import { parseSamplesConfig } from '../../src/samples/samples-config.ts';
import { toFunctions } from '../../src/samples/to-functions.ts';
import { normal, seeded } from '../stats/support.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-by-function-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = join(directory, 'samples.jsonl');

const decideBoth = async (path: string) => {
  const whole = await readSamples(path);
  const packed = await readSamplesByFunction(path);
  const config = parseSamplesConfig(toFunctions(whole), path);
  expect(parseSamplesConfig(packed, path)).toEqual(config);
  return { whole: decide(whole, config), packed: decide(packed, config), ignored: [whole.ignored, packed.ignored] };
};

const fixtures = join(import.meta.dirname, '../../fixtures/samples');
describe('recorded files', () => {
  for (const name of readdirSync(fixtures).filter((one) => one.endsWith('.jsonl')))
    it(name, async () => {
      const { whole, packed, ignored } = await decideBoth(join(fixtures, name));
      expect(packed).toEqual(whole);
      expect(ignored[1]).toMatchObject({ ...ignored[0], incompleteByFunction: expect.any(Map) });
    });
});

const CONFIG = {
  functions: { a: {}, b: {}, c: { deterministic: false } },
  isolations: { native: {}, runc: { required: true }, gvisor: {} },
  budgets: {
    runc: { latency: '+10%', cold_start: '+5ms', memory_peak: '+1MiB' },
    gvisor: { throughput: '+10%', latency_p95: '+20%' },
  },
  regression: { latency: '+5%', control: '+5%' },
};

const ARMS = [
  { arm: 'control', isolation: 'native' },
  { arm: 'twin', isolation: 'native' },
  ...['runc', 'gvisor', 'other'].map((isolation) => ({ arm: 'treatment', isolation })),
].flatMap((arm) => ['head', 'base'].map((revision) => ({ ...arm, revision })));

interface Shape {
  seed: number;
  /** Shares of instances that are missing, that failed, that were emulated, and whose host was busy. */
  gaps: number;
  failures: number;
  emulated: number;
  busy: number;
  hasBase: boolean;
  hasRecords: boolean;
  /** Lines of functions and blocks in any order. */
  isMixed: boolean;
}

const slownessOf = (name: string, isolation: string): number => {
  if (isolation !== 'gvisor') return 1;
  return name === 'a' ? 1.6 : 1.1;
};

const linesOf = ({ seed, gaps, failures, emulated, busy, hasBase, hasRecords, isMixed }: Shape): object[] => {
  const random = seeded(seed);
  const chance = (share: number): boolean => random() < share;
  const lines = ['a', 'b', 'c', 'd'].flatMap((name) =>
    Array.from({ length: 14 }, (_, block) => block).flatMap((block) => {
      const arms = ARMS.filter(({ revision }) => revision === 'head' || (hasBase && name !== 'b'));
      const planned = { type: 'block', function: name, block, arms };
      const instances = arms.map((arm, position) => {
        const factor = Math.exp(0.01 * normal(random)) * slownessOf(name, arm.isolation);
        const hasFailed = chance(failures);
        return {
          ...{ type: 'instance', function: name, block, position: (position + block) % arms.length, ...arm },
          status: hasFailed ? 'crashed' : 'ok',
          ...(hasFailed && { phase: 'start', error: `gone in block ${block}` }),
          phases_ms: { created: 0.5, ready: 60 * factor, first_response: 70 * factor },
          metrics: { memory_peak_bytes: 2 ** 20 * factor, ...(chance(0.5) && { latency_ms: 5 * factor }) },
          latency_ms: [5 * factor, 5 * factor, 5.5 * factor],
          tail_ms: Array(60).fill(6 * factor),
          ...(chance(emulated) && { emulated: true }),
          ...(chance(busy) && { host: { cpu_pressure_share: 0.95, frequency_share: 0.3 } }),
          ...(chance(0.5) && { evidence: { host: { memory_peak: 'sampled' }, guest: {}, contradictions: [] } }),
          answers: {
            events: 1,
            sent: [0, 0],
            digests: [chance(failures / 9) ? 'c9f0f895' : '8f14e45f'],
            given: [0, 0],
          },
        };
      });
      return [...(hasRecords ? [planned] : []), ...instances.filter(() => !chance(gaps))];
    }),
  );
  if (!isMixed) return lines;
  const order = lines.map((line) => ({ line, place: line.type === 'block' ? -1 : random() }));
  return order.sort((one, two) => one.place - two.place).map(({ line }) => line);
};

const share = fc.constantFrom(0, 0, 0.003, 0.05);
const shape: fc.Arbitrary<Shape> = fc.record({
  ...{ seed: fc.integer(), gaps: share, failures: share, emulated: fc.constantFrom(0, 0, 0, 0.02, 1), busy: share },
  ...{ hasBase: fc.boolean(), hasRecords: fc.boolean(), isMixed: fc.boolean() },
});

it('files with gaps, failures, other arms, a base, and functions in any order', async () => {
  const verdicts = new Set<string>();
  await fc.assert(
    fc.asyncProperty(shape, async (one) => {
      const header = { type: 'header', schema: 'isogate.samples/1', config: CONFIG };
      writeFileSync(file, [header, ...linesOf(one)].map((line) => JSON.stringify(line)).join('\n'));
      const { whole, packed } = await decideBoth(file);
      expect(packed).toEqual(whole);
      for (const { verdict } of packed.comparisons) verdicts.add(verdict);
    }),
    { numRuns: 25, seed: 7, endOnFailure: true },
  );
  expect([...verdicts].sort()).toEqual(['fail', 'inconclusive', 'not-measured', 'pass']);
});

it('both name the line of an arm that is there already', async () => {
  const one = { type: 'instance', function: 'a', block: 0, isolation: 'runc', arm: 'treatment', status: 'ok' };
  const others = Array.from({ length: 40 }, (_, index) => ({ ...one, isolation: `other-${index}` }));
  const header = { type: 'header', schema: 'isogate.samples/1', config: CONFIG };
  for (const last of [one, others[39]]) {
    writeFileSync(file, [header, one, ...others, last].map((line) => JSON.stringify(line)).join('\n'));
    const at = last === one ? 2 : 42;
    for (const read of [readSamples, readSamplesByFunction]) {
      const problem = await read(file).catch((error: unknown) => error);
      expect(problem).toBeInstanceOf(BadInputError);
      expect(String(problem)).toContain(`${file}:43: block: 0: a/`);
      expect(String(problem)).toContain(`stands in line ${at} already`);
    }
  }
});
