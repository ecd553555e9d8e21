/**
 * Public measurements that tuned nothing, as logs for `bench:accuracy --unseen` (docs/explanation/accuracy.md):
 * `node bench/run.mjs convert-public edge-faas COLD-START.csv OUT.json` and `... faaster DIRECTORY OUT.json`.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../src/model/errors.ts';
import { readEdgeFaas, readFaaster } from './accuracy/public-sets.ts';
import { type PairedLog, readPairs } from './accuracy/tuning-set.ts';

const USAGE = 'convert-public edge-faas COLD-START.csv OUT.json | convert-public faaster DIRECTORY OUT.json';

const convert = ([root, kind, input, output]: string[]): PairedLog[] => {
  if (root === undefined || input === undefined || output === undefined) throw new Error(`usage: ${USAGE}`);
  const readers: Record<string, () => PairedLog[]> = {
    'edge-faas': () => readEdgeFaas(input),
    faaster: () => readFaaster(input, readPairs(join(root, 'fixtures/datasets/paired-faas.json'))),
  };
  const read = readers[kind ?? ''];
  if (read === undefined) throw new Error(`${kind}: usage: ${USAGE}`);
  const logs = read();
  if (logs.length === 0) throw new Error(`${input}: no log in it has at least 30 pairs`);
  writeFileSync(output, `${JSON.stringify(logs)}\n`);
  return logs;
};

try {
  const logs = convert(process.argv.slice(2));
  const pairs = logs.reduce((sum, log) => sum + log.pairs.length, 0);
  process.stdout.write(`${logs.length} logs with ${pairs} pairs\n`);
} catch (error) {
  process.stderr.write(`bench: could not convert: ${messageOf(error)}\n`);
  process.exitCode = 4;
}
