import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSamples } from '../../src/samples/read-samples.ts';
import { block, calibration, end, header, instance, lines, planned } from '../support/samples-lines.ts';

const dir = mkdtempSync(join(tmpdir(), 'isogate-refused-'));
const file = join(dir, 's.jsonl');
afterAll(() => rmSync(dir, { recursive: true }));

const read = (text: string) => {
  writeFileSync(file, text);
  return readSamples(file);
};

const baseline = {
  ...{ schema: 'isogate.baseline/1', gate: 'isogate', function: 'f', isolation: 'runc', metric: 'latency' },
  ...{ fingerprint: {}, runId: 'r', attempt: 1, commit: null, recordedAt: '2026-01-02T03:04:05.000Z', control: [] },
};

describe('refusals name file, line, key, value and what is accepted', () => {
  test.each<[string, string, string]>([
    ['no header', lines(instance(0, 'control')), ':1: type: "instance": accepted: a header as the first line'],
    ['nothing', '', ': no header; accepted: a samples file (isogate.samples/1)'],
    ['two headers', lines(header, header), ':2: type: "header": accepted: only one header'],
    [
      'another schema',
      lines({ ...header, schema: 'isogate.samples/9' }),
      ':1: schema: "isogate.samples/9": accepted: "isogate.samples/1"',
    ],
    ['no config', lines({ type: 'header', schema: 'isogate.samples/1' }), ':1: config: undefined: accepted: "config"'],
    [
      'looks out of order',
      lines({ ...header, looks: { schedule: [9, 7] } }),
      ':1: looks.schedule: [9,7]: accepted: ascending numbers of blocks',
    ],
    ['no alpha at all', lines({ ...header, looks: { alphaFail: 0.9 } }), ':1: looks.alphaFail: 0.9: accepted: <=0.5'],
    ['a bad baseline', lines({ ...header, baseline: [{}] }), ':1: baseline[0]: schema: undefined is not'],
    [
      'a baseline too large to be summed',
      lines({ ...header, baseline: [{ ...baseline, blocks: { ratio: [1e300], difference: [] } }] }),
      ":1: baseline[0]: blocks.ratio.0: 1e+300 is not a baseline record's; accepted: <=1000000000000000",
    ],
    ['an unknown status', lines(header, instance(0, 'control', { status: 'fine' })), ':2: status: "fine": accepted: ('],
    [
      'a negative number',
      lines(header, instance(0, 'control', { metrics: { cpu_ms: -1 } })),
      ':2: metrics.cpu_ms: -1: accepted: >=0',
    ],
    [
      'an infinite number',
      lines(header, instance(0, 'control')).replace('"status"', '"latency_ms":[1e999],"status"'),
      ':2: latency_ms.0: null: accepted: ',
    ],
    [
      'a cost too large to be summed',
      lines(header, instance(0, 'control', { metrics: { latency_ms: 1.7e308 } })),
      ':2: metrics.latency_ms: 1.7e+308: accepted: <=1000000000000000',
    ],
    [
      'a value too large to be summed',
      lines(header, instance(0, 'control', { latency_ms: [1, 2e15] })),
      ':2: latency_ms.1: 2000000000000000: accepted: <=1000000000000000',
    ],
    [
      'a phase too long to be summed',
      lines(header, instance(0, 'control', { phases_ms: { ready: 1e16 } })),
      ':2: phases_ms.ready: 10000000000000000: accepted: <=1000000000000000',
    ],
    [
      'a throughput that would be such a cost',
      lines(header, instance(0, 'control', { metrics: { throughput_per_s: 1e-300 } })),
      ':2: metrics: {"throughput_per_s":1e-300}: accepted: throughput_per_s of 0, or at least 1e-12',
    ],
    [
      'a block number beyond all runs',
      lines(header, instance(150_000_000_000_000, 'control')),
      ':2: block: 150000000000000: accepted: <=1000000000',
    ],
    [
      'the same arm twice',
      lines(header, ...block(0), instance(0, 'treatment')),
      ':4: block: 0: f/runc (treatment, head) stands in line 3 already; accepted: one instance of an arm a block',
    ],
    [
      'an instance that its block was not to hold',
      lines(header, planned(0, 'native'), ...block(0)),
      ":4: block: 0: f/runc (treatment, head) is not in its block's record; accepted: the arms that are",
    ],
    [
      'two records of a block',
      lines(header, planned(0, 'native'), planned(0, 'native', 'runc')),
      ':3: block: 0: f has its record already; accepted: one a block',
    ],
    ['a block of no arms', lines(header, planned(0)), ':2: arms: []: accepted: >=1'],
    [
      'a further attempt that goes back',
      lines(header, ...block(0), ...block(1), end('time'), instance(0, 'control', { revision: 'base' })),
      ':7: block: 0: after an "end": accepted: 2 or more, the blocks of a further attempt',
    ],
    [
      "a block's record after its instances",
      lines(header, ...block(0), planned(0, 'native', 'ghost')),
      ':4: block: 0: f has instances already; accepted: its record before them',
    ],
    [
      'a horizon chosen afterwards',
      lines(header, ...block(0), calibration(30)),
      ':4: blocks: 30: accepted: before the first block of its attempt',
    ],
    [
      'a further attempt that would take back blocks of the earlier one',
      lines(header, ...block(0), planned(1, 'native', 'runc', 'zzz'), ...block(1), end('cap'), calibration(2)),
      ':8: blocks: 2: accepted: more than the 2 blocks that f has',
    ],
    ['a horizon of nothing', lines(header, calibration(0)), ':2: blocks: 0: accepted: >=1'],
    ['broken JSON in the middle', `${lines(header)}{"a\n${lines(instance(0, 'control'))}`, ':2: "{\\"a": not JSON'],
  ])('%s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(`${file}${message}`);
  });

  test('a file that is not there, and a directory', async () => {
    await expect(readSamples(join(dir, 'none'))).rejects.toThrow('cannot be read (ENOENT');
    await expect(readSamples(dir)).rejects.toThrow('not a regular file');
  });

  test('a line without end', async () => {
    writeFileSync(file, Buffer.alloc(33 * 2 ** 20, 'x'));
    await expect(readSamples(file)).rejects.toThrow(`${file}:1: a line of over 33554432 bytes`);
  });
});
