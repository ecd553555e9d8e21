/** Instances that nobody asked for, at both ends of a run, take none of the blocks between them away. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { replay } from '../../src/gate/replay.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import type { VerdictDocument } from '../../src/model/verdict.ts';
import { blocks, instance, samplesOf } from '../support/decide-samples.ts';

const dir = mkdtempSync(join(tmpdir(), 'isogate-untrusted-'));
afterAll(() => rmSync(dir, { recursive: true }));

const config = { functions: {}, isolations: { native: {}, runc: {} }, budgets: { runc: { latency: '+5%' } } };

const decided = async (more: InstanceRecord[]) => {
  const { header, instances } = samplesOf([...blocks(60, { factor: 1.5 }), ...more], { config });
  const file = join(dir, 's.jsonl');
  writeFileSync(file, [header, ...instances].map((line) => `${JSON.stringify(line)}\n`).join(''));
  const lines: string[] = [];
  await replay([file], { json: true, print: (line) => lines.push(line) });
  const { verdict, warnings } = JSON.parse(lines[0] ?? '') as VerdictDocument;
  return [verdict, ...warnings.map(({ code }) => code)];
};

test.each<[string, Partial<InstanceRecord>, string[]]>([
  ['an isolation that the config does not list', { isolation: 'zzz', arm: 'treatment' }, ['unknown-arms']],
  ['a control of the base revision', { revision: 'base' }, []],
])('%s', async (_, changes, codes) => {
  const more = [0, 59].map((block) => instance(block, 'control', { latency_ms: 1 }, changes) as InstanceRecord);
  expect(await decided(more)).toEqual(['fail', ...codes]);
});
