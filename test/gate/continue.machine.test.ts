/** Whole gates that carry each other on, with real isolations: what the run decides, a replay of its file decides. */

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { GateResult } from '../../src/gate/finish.ts';
import { type GateHereOptions, gateHere } from '../../src/gate/here.ts';
import { replay } from '../../src/gate/replay.ts';
import { openSealKey } from '../../src/host/seal-key.ts';
import type { Env } from '../../src/model/env.ts';
import type { BlockRecord, InstanceRecord } from '../../src/model/samples.ts';
import type { VerdictDocument } from '../../src/model/verdict.ts';
import { readSamples } from '../../src/samples/read-samples.ts';
import { openSealer, splitSeal } from '../../src/samples/seal.ts';
import { createProject, type Project } from '../support/cli-run.ts';
import { envIn } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';

/** Nothing can be decided of it before 12 blocks, and of its limits nothing is close. */
const CONFIG = `name: further
functions: { nothing: { directory: fn, command: [./agent, "null"] } }
isolations: { native: {}, runc: {}, bubblewrap: {} }
budgets: { runc: { cold_start: +60s }, bubblewrap: { cold_start: +60s } }
measure: { time: 60s, min_blocks: 12, max_blocks: 20, invocations: 12, warmup: 1 }
`;

let project: Project;
afterEach(() => project.remove());

const gate = (changes: Partial<GateHereOptions> = {}, env: Partial<Env> = {}): Promise<GateResult> =>
  gateHere(
    {
      configPath: join(project.directory, 'isogate.yml'),
      outDir: project.out,
      baseline: null,
      base: null,
      continueFrom: null,
      seed: null,
      functions: null,
      timeMs: null,
      timeBudgetMs: null,
      ...changes,
    },
    { ...envIn(project.directory), ...env },
  );

/** Interrupted when its first block is on disk. */
const gateOneBlock = (changes: Partial<GateHereOptions> = {}): Promise<GateResult> => {
  const controller = new AbortController();
  const progress = ({ blocks }: { blocks: number }) => blocks === 1 && controller.abort(new Error('stopped by a test'));
  return gate(changes, { progress, signal: controller.signal });
};

const samplesPath = (): string => join(project.out, 'samples.jsonl');
const records = (): ({ type: string } & Record<string, unknown>)[] =>
  readFileSync(samplesPath(), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(splitSeal(line).text));

/** Whole lines, sealed by this machine as a run of it would leave them. */
async function writeSealed(path: string, lines: string[]): Promise<void> {
  const key = await openSealKey();
  const [header = '', ...rest] = lines.map((line) => splitSeal(line).text);
  const sealer = await openSealer(key);
  const sealed = await sealer.seal([JSON.stringify({ ...JSON.parse(header), sealedBy: key.id }), ...rest]);
  await sealer.close();
  writeFileSync(path, `${sealed.join('\n')}\n`);
}

/** Decided from the file alone. */
const replayed = async (): Promise<VerdictDocument> => {
  const lines: string[] = [];
  await replay([samplesPath()], { json: true, print: (line) => lines.push(line) });
  return JSON.parse(lines[0] ?? '');
};

it(
  'a further attempt takes over what there is, adds blocks, and decides on both; so does a replay',
  async () => {
    project = createProject(CONFIG);
    const first = await gateOneBlock({ seed: 7 });
    expect(first.verdict.verdict).toBe('not-measured');
    const before = records();
    expect(before.at(-1)).toEqual({ type: 'end', reason: 'interrupted' });

    // Over its own file, with the time that the first lacked.
    const second = await gate({ continueFrom: samplesPath(), timeMs: 60_000 });
    const after = records();
    expect(after[0]).toMatchObject({ type: 'header', attempt: 2, seed: 7, looks: before[0]?.['looks'] });
    expect(after[0]?.['runId']).not.toBe(before[0]?.['runId']);
    expect(after.slice(1, before.length)).toEqual(before.slice(1));
    expect(after.at(-1)).toEqual({ type: 'end', reason: 'decided' });
    expect(second.verdict.verdict).toBe('pass');
    // A cold start is known after the first of them.
    expect(new Set(second.samples.instances.map(({ latency_ms }) => latency_ms.length))).toEqual(new Set([5]));
    expect(second.verdict.comparisons.map(({ blocks, verdict }) => [blocks, verdict])).toEqual([
      [12, 'pass'],
      [12, 'pass'],
    ]);

    const blocks = after.filter(({ type }) => type === 'block') as unknown as BlockRecord[];
    expect(blocks.map(({ block }) => block)).toEqual(Array.from({ length: 12 }, (_, block) => block));
    const read = await readSamples(samplesPath());
    expect(read.plans).toEqual(second.samples.plans);
    expect(read.plans?.get('nothing')?.map(({ until }) => until)).toEqual([1, null]);
    expect(read.end).toEqual(second.samples.end);
    expect(read.instances.length).toBe(second.samples.instances.length);
    expect((await replayed()).comparisons).toEqual(second.verdict.comparisons);

    // Decided: nothing more is measured.
    const third = await gate({ continueFrom: samplesPath(), timeMs: 60_000 });
    expect(records().filter(({ type }) => type === 'instance')).toHaveLength(second.samples.instances.length);
    expect(third.verdict.comparisons).toEqual(second.verdict.comparisons);
    expect(records()[0]).toMatchObject({ attempt: 3 });
  },
  HOST_WAIT_MS,
);

it(
  'one that was killed in mid-block is carried on after the torn block',
  async () => {
    project = createProject(CONFIG);
    await gateOneBlock();
    const control = records().find(({ arm }) => arm === 'control') as unknown as InstanceRecord;
    const arms = ['control', 'twin'].map((arm) => ({ isolation: 'native', arm, revision: 'head' }));
    const killed = join(project.directory, 'killed.jsonl');
    const withoutEnd = readFileSync(samplesPath(), 'utf8').trimEnd().split('\n').slice(0, -1);
    const block = JSON.stringify({ type: 'block', function: 'nothing', block: 1, arms });
    await writeSealed(killed, [...withoutEnd, block, JSON.stringify({ ...control, block: 1 })]);
    appendFileSync(killed, '{"type":"inst');

    const { samples, verdict } = await gate({ continueFrom: killed, timeMs: 60_000 });
    expect(verdict.verdict).toBe('pass');
    const ends = records().filter(({ type }) => type === 'end');
    expect(ends.map(({ reason }) => reason)).toEqual(['interrupted', 'decided']);
    expect([...new Set(samples.instances.map(({ block }) => block))]).toEqual([
      0,
      ...Array.from({ length: 11 }, (_, n) => n + 2),
    ]);
    expect(samples.ignored).toMatchObject({ tornLines: 0, incompleteBlocks: 1 });
    expect((await replayed()).comparisons).toEqual(verdict.comparisons);
  },
  HOST_WAIT_MS,
);

it(
  'what was measured otherwise, or elsewhere, is not carried on',
  async () => {
    project = createProject(CONFIG);
    await gateOneBlock();
    const earlier = join(project.directory, 'earlier.jsonl');
    const [header = '', ...rest] = readFileSync(samplesPath(), 'utf8').trimEnd().split('\n');
    /** The earlier samples with one value of the header changed. */
    const changed = async (value: string, ...keys: string[]): Promise<string> => {
      const copy = JSON.parse(splitSeal(header).text);
      const last = keys.pop() ?? '';
      keys.reduce((object, key) => object[key], copy)[last] = value;
      await writeSealed(earlier, [JSON.stringify(copy), ...rest]);
      return earlier;
    };
    const refusal = (continueFrom: string): Promise<string> =>
      gate({ continueFrom, timeMs: 1 }).then(
        () => 'carried on',
        (error: Error) => `${error.name}: ${error.message}`,
      );
    const accepted = '; accepted: samples of the same gate, configuration, images, base and machine';
    const head = `BadInputError: --continue ${earlier}: not the same run: `;
    expect(await refusal(await changed('other', 'gate'))).toBe(`${head}gate other → further${accepted}`);
    expect(await refusal(await changed('many', 'config', 'measure', 'invocations'))).toBe(
      `${head}measure.invocations "many" → 12${accepted}`,
    );
    expect(await refusal(await changed('1.0', 'fingerprint', 'kernel'))).toMatch(
      /not the same run: kernel 1\.0 → .*; accepted/,
    );
    expect(await refusal(await changed('sha256:0', 'images', 'nothing', 'digest'))).toMatch(
      /not the same run: image of nothing sha256:0 → sha256:\w+; accepted/,
    );
    // What this machine's runs did not leave is not believed, whatever it says.
    const own = '; accepted: samples as this machine’s own runs left them';
    writeFileSync(earlier, `${[header, ...rest].join('\n').replace('"status":"ok"', '"status":"ok","extra":1')}\n`);
    expect(await refusal(earlier)).toMatch(
      new RegExp(
        `^BadInputError: --continue .*: their seal does not fit from line \\d+ on, so they were changed.*${own}$`,
      ),
    );
    writeFileSync(
      earlier,
      `${[header, ...rest]
        .map((line) => splitSeal(line).text)
        .join('\n')
        .replace(/"sealedBy":"\w+",/, '')}\n`,
    );
    expect(await refusal(earlier)).toBe(`BadInputError: --continue ${earlier}: they carry no seal${own}`);
    writeFileSync(earlier, 'no samples');
    expect(await refusal(earlier)).toMatch(/^BadInputError: .*earlier\.jsonl/);
    // Nothing that was there is touched by a refusal.
    expect(readFileSync(samplesPath(), 'utf8').trimEnd().split('\n').slice(1)).toEqual(rest);
  },
  HOST_WAIT_MS,
);
