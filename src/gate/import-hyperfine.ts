/** `isogate import hyperfine`: times of commands that were run in turn become samples to decide on. */

import { type HyperfineRun, parseHyperfine } from '../export/hyperfine.ts';
import { readBounded } from '../lib/read-bounded.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { BadInputError } from '../model/errors.ts';
import { ISOLATION_FAMILIES } from '../model/isolation-types.ts';
import type { InstanceRecord } from '../model/samples.ts';

const MAX_BYTES = 64 * 2 ** 20;

/** `native=a.json`: an isolation and hyperfine's export of its runs. */
export interface ImportedArm {
  isolation: string;
  file: string;
}

export interface ImportOptions {
  control: ImportedArm;
  treatments: ImportedArm[];
  function: string;
  gate: string;
  /** Run number i of each file was done in turn; only then do these runs make a block. */
  isPaired: boolean;
  output: string;
}

/** @returns the number of blocks @throws BadInputError */
export async function importHyperfine(options: ImportOptions): Promise<number> {
  const { control, treatments, output } = options;
  if (!options.isPaired)
    throw new BadInputError(
      '--paired is missing: hyperfine runs one command after the other, and what changes on the machine between them looks like a cost of isolation; run the commands in turn (one run each, again and again, or --runs 1 in a loop), and say so with --paired',
    );
  const arms = [control, ...treatments];
  checkNames(arms);
  const series = arms.map((arm) => ({
    arm,
    runs: parseHyperfine(readBounded(arm.file, MAX_BYTES, arm.file), arm.file),
  }));
  const count = series[0]?.runs.length ?? 0;
  const unequal = series.find(({ runs }) => runs.length !== count);
  if (unequal)
    throw new BadInputError(
      `${unequal.arm.file}: ${unequal.runs.length} runs, and ${control.file} has ${count}; accepted: as many, since run number i of each is one block`,
    );
  const header = {
    type: 'header',
    schema: 'isogate.samples/1',
    runId: 'hyperfine',
    gate: options.gate,
    config: {
      name: options.gate,
      control: control.isolation,
      functions: {},
      isolations: Object.fromEntries(arms.map(({ isolation }) => [isolation, {}])),
    },
  };
  const records = Array.from({ length: count }, (_, block) =>
    series.map(({ arm: { isolation }, runs }, index) => {
      const arm = index === 0 ? 'control' : 'treatment';
      return toInstance({ type: 'instance', block, function: options.function, isolation, arm }, runs[block]);
    }),
  ).flat();
  const lines = [header, ...records, { type: 'end', reason: 'cap' }].map((one) => JSON.stringify(one));
  await replaceFile(output, `${lines.join('\n')}\n`);
  return count;
}

function checkNames(arms: ImportedArm[]): void {
  const names = arms.map(({ isolation }) => isolation);
  const unknown = names.find((name) => !Object.hasOwn(ISOLATION_FAMILIES, name));
  if (unknown !== undefined)
    throw new BadInputError(`${unknown}: no isolation; accepted: ${Object.keys(ISOLATION_FAMILIES).join(', ')}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new BadInputError(`${twice}: given twice; accepted: each isolation once`);
}

/** A run of a command is a whole process; its start, work and end together are what `cold_start` means. */
function toInstance(
  key: Pick<InstanceRecord, 'type' | 'block' | 'function' | 'isolation' | 'arm'>,
  run: HyperfineRun | undefined,
): Partial<InstanceRecord> {
  if (run?.exitCode === 0) return { ...key, status: 'ok', metrics: { cold_start_ms: run.ms } };
  const error = run?.exitCode == null ? 'ended by a signal' : `exit code ${run.exitCode}`;
  return { ...key, status: 'crashed', error, metrics: {} };
}
