/** `npm run test:kvm` (docs/project/test-kvm.md): the adapters that need KVM, tested and timed. Run by bench/run.mjs. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { KVM_RECORD } from '../src/isolation/vm/kvm-record.ts';
import { messageOf } from '../src/model/errors.ts';
import { figuresTable, renderKvmDocument } from './kvm-document.ts';
import { KVM_PARTS, type KvmPart } from './kvm-parts.ts';
import { newRecord } from './kvm-record-of.ts';
import { describeMachine, type KvmRun, measureParts, tryParts } from './kvm-run.ts';
import { type KvmTests, runKvmTests } from './kvm-tests.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const NO_TESTS: KvmTests = { passed: 0, failed: 0, unproven: [] };

interface Options {
  root: string;
  parts: KvmPart[];
  boots: number;
  exercise: boolean;
  signal: AbortSignal;
}

/** @returns the exit code */
async function testKvm(options: Options): Promise<number> {
  const { root, exercise } = options;
  const run: KvmRun = { ...options, log: (line) => void process.stderr.write(`test-kvm: ${line}\n`) };
  const { able, unable, guestKernel } = await tryParts(run);
  for (const { part, reason } of unable) say(`cannot run  ${part.name}: ${reason}`);
  for (const { part, version } of able) say(`can run     ${part.name}: ${version}`);
  const outcome = (passed: number, failed: number): void => {
    if (unable.length > 0) say('skipped:');
    for (const { part, reason } of unable) say(`  ${part.name}: ${reason}`);
    say(`tests: ${passed} passed, ${failed} failed, ${unable.length} skipped`);
  };
  if (able.length === 0) {
    say('Nothing can be tested here, and nothing was recorded: use a machine whose KVM boots guests.');
    outcome(0, 0);
    return 3;
  }
  const tests = exercise
    ? NO_TESTS
    : await runKvmTests(
        root,
        able.map(({ part }) => part.name),
      );
  const { figures, failures } = await measureParts(run, able);
  say(figuresTable(figures));
  for (const { part, reason } of failures) say(`failed      ${part.name}: ${reason}`);
  for (const name of tests.unproven) say(`failed      ${name}: its tests were not all run to a good end`);
  const failed = Math.max(tests.failed, tests.unproven.length) + failures.length;
  if (!exercise && failed === 0) {
    const record = newRecord(KVM_RECORD, {
      able,
      figures,
      guestKernel,
      machine: describeMachine(),
      date: new Date().toISOString().slice(0, 10),
      passed: tests.passed,
    });
    writeFileSync(join(root, 'src/isolation/vm/kvm-record.json'), `${JSON.stringify(record, null, 2)}\n`);
    writeFileSync(join(root, 'docs/project/test-kvm.md'), renderKvmDocument(record));
  } else say(exercise ? 'An exercise: nothing was recorded.' : 'Something failed: nothing was recorded.');
  outcome(exercise ? figures.length : tests.passed, failed);
  if (failed > 0) return 1;
  return unable.length > 0 ? 3 : 0;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    boots: { type: 'string', default: '30' },
    part: { type: 'string', multiple: true },
    exercise: { type: 'boolean', default: false },
  },
});
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(new Error(`got ${signal}`)));
try {
  const named = values.part ?? KVM_PARTS.map((part) => part.name);
  const unknown = named.find((name) => !KVM_PARTS.some((part) => part.name === name));
  if (unknown !== undefined)
    throw new Error(`--part ${unknown}: known are ${KVM_PARTS.map((part) => part.name).join(', ')}`);
  const boots = Number(values.boots);
  if (!Number.isInteger(boots) || boots < 1)
    throw new Error(`--boots ${values.boots}: a whole number from 1 is needed`);
  process.exitCode = await testKvm({
    root: positionals[0] ?? '.',
    parts: KVM_PARTS.filter((part) => named.includes(part.name)),
    boots,
    exercise: values.exercise,
    signal: stop.signal,
  });
} catch (error) {
  process.stderr.write(`test-kvm: ${messageOf(stop.signal.aborted ? stop.signal.reason : error)}\n`);
  say('tests: 0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}
