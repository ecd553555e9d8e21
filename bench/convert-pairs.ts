/** A set of paired logs to samples files: `node bench/run.mjs convert-pairs IN.json DIRECTORY` (docs/explanation/accuracy.md). */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/model/errors.ts';
import { readPairs } from './accuracy/tuning-set.ts';
import { pairsToSamples } from './pairs-to-samples.ts';

const USAGE = 'convert-pairs IN.json DIRECTORY [--budget +2.5%] [--max-blocks N]';

function convert(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { budget: { type: 'string', default: '+2.5%' }, 'max-blocks': { type: 'string' } },
  });
  const [, input, directory] = positionals;
  if (input === undefined || directory === undefined) throw new Error(`usage: ${USAGE}`);
  const logs = readPairs(input);
  const maxBlocks = values['max-blocks'] === undefined ? null : Number(values['max-blocks']);
  if (maxBlocks !== null && !(Number.isInteger(maxBlocks) && maxBlocks > 0))
    throw new Error(`--max-blocks ${values['max-blocks']}: give a whole number above 0`);
  mkdirSync(directory, { recursive: true });
  for (const one of logs) {
    const file = `${one.name.replaceAll(/[^\w.-]+/g, '-')}.jsonl`;
    writeFileSync(join(directory, file), pairsToSamples(one, { budget: values.budget, maxBlocks }));
  }
  return logs.length;
}

try {
  process.stdout.write(`${convert()} samples files written\n`);
} catch (error) {
  process.stderr.write(`bench: could not convert: ${messageOf(error)}\n`);
  process.exitCode = 4;
}
