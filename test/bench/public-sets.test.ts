import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parseEdgeFaas, parseFaaster, readFaaster } from '../../bench/accuracy/public-sets.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('edge-faas: the n-th starts of all isolations are a block, in milliseconds', () => {
  const lines = (target: string, seconds: number) => Array.from({ length: 30 }, () => `${target},go,${seconds}`);
  const text = ['target,language,time', ...lines('docker', 0.35), ...lines('gvisor', 0.7), 'osv,go,0.1', ''].join('\n');
  const logs = parseEdgeFaas(text);
  expect(logs.map(({ name, pairs }) => [name, pairs.length])).toEqual([['gvisor go', 30]]);
  expect(logs[0]?.pairs[0]).toEqual({ control: [350], treatment: [700] });
});

const line = (control: string, treatment: string) => `INFO\\tfaaster_ab1: modeA f1 ${control} f2 ${treatment} \\n"`;

it('faasterBench: lines that hold both versions, without cold starts', () => {
  const text = [
    line('50 65 82', '63 69 85'),
    'INFO\\tcold start faaster_ab1: modeA f1 950 65 82 f2 63 69 85 \\n"',
    'INFO\\tfaaster_ab1: modeB f1 54 f2 \\n"',
    '"textPayload": "faaster_ab1: modeA f1 130 106 111 f2 91 146 94 "',
  ].join('\n');
  expect(parseFaaster(text, 'aws/pi/aws_5_10_25_3')).toEqual({
    name: 'aws/pi/aws_5_10_25_3',
    injectedPercent: 5,
    pairs: [
      { control: [50, 65, 82], treatment: [63, 69, 85] },
      { control: [130, 106, 111], treatment: [91, 146, 94] },
    ],
  });
});

it('faasterBench: a log of the tuning set, and one that is there twice, are left out', () => {
  const log = (from: number) =>
    Array.from({ length: 40 }, (_, n) => line(`${from + n} 100 100`, `${from + 2 * n} 100 100`)).join('\n');
  for (const [name, from] of [
    ['a_0_1', 100],
    ['b_0_1', 300],
    ['c_0_1', 300],
  ] as const)
    writeFileSync(join(directory, `${name}.log`), log(from));
  const tuning = [parseFaaster(log(100), 'tuned_0_1')];
  expect(readFaaster(directory, tuning).map(({ name }) => name)).toEqual(['b_0_1']);
  expect(readFaaster(directory, []).map(({ name }) => name)).toEqual(['a_0_1', 'b_0_1']);
});
