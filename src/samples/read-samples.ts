import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SealKey } from '../host/seal-key.ts';
import { groupBy } from '../lib/group-by.ts';
import { limitHeapGrowth } from '../lib/limit-heap.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import type { BlockRecord, InstanceRecord, Samples, SamplesByFunction } from '../model/samples.ts';
import { type CollectedFile, collectRecords, type InstanceStore, type RecordCollector } from './collect-records.ts';
import { completeBlocks } from './complete-blocks.ts';
import { armKey } from './group-blocks.ts';
import { packInstances } from './pack-instances.ts';
import { show } from './parse-record.ts';
import { type Line, readLines } from './read-lines.ts';
import { type SealFinding, startSealCheck } from './seal.ts';
import type { AttemptTracker } from './track-attempts.ts';

/** @throws BadInputError where there is nothing */
export const findSamplesFile = async (path: string): Promise<string> => {
  try {
    return (await stat(path)).isDirectory() ? join(path, 'samples.jsonl') : path;
  } catch (error) {
    throw new BadInputError(`${path}: ${messageOf(error)}; accepted: a run's directory, or its samples.jsonl`);
  }
};

/** As objects, two to four kilobytes each: a run of a hundred functions leaves a tenth of this. */
const MOST_WHOLE = 500_000;
/** As numbers, a twentieth of that. */
const MOST_PACKED = 10_000_000;

/** Of larger files the garbage alone would be more than what is kept of them. */
const LARGE_BYTES = 100 * 2 ** 20;

const keepWhole = (instances: InstanceRecord[]): InstanceStore => {
  const lines: number[] = [];
  const isSame = (a: InstanceRecord, b: InstanceRecord): boolean =>
    a.function === b.function && a.block === b.block && armKey(a) === armKey(b);
  return {
    most: MOST_WHOLE,
    count: () => instances.length,
    add(record, line) {
      instances.push(record);
      lines.push(line);
    },
    findLine: (one) => lines[instances.findIndex((other) => isSame(one, other))] ?? null,
  };
};

const toSamples = (
  { header, isolations, blocks, end, unknownLines, attempts }: CollectedFile,
  instances: InstanceRecord[],
  tornLines: number,
): Samples => {
  const complete = completeBlocks(instances, isolations, blocks);
  return {
    header,
    instances: complete.instances,
    end,
    ...(blocks.length > 0 && { blocks }),
    ...(attempts.plans.size > 0 && { plans: attempts.plans }),
    ignored: {
      tornLines,
      unknownLines,
      incompleteBlocks: complete.incomplete,
      incompleteByFunction: complete.incompleteByFunction,
    },
  };
};

/**
 * Reads a samples file (docs/reference/samples.md) of this program or another. It is strict about the header and the numbers.
 * A torn last line, lines of unknown type and incomplete blocks are left out and counted.
 * @throws BadInputError naming file, line, key, value and what is accepted
 */
export const readSamples = async (path: string): Promise<Samples> => {
  const instances: InstanceRecord[] = [];
  const collector = collectRecords(path, keepWhole(instances));
  const tornLines = await readRecords(path, collector);
  return toSamples(collector.finish(), instances, tornLines);
};

/**
 * The same for files of any size: only what a decision reads is kept, as numbers. No round trips and no evidence are in it.
 * @throws BadInputError naming file, line, key, value and what is accepted
 */
export const readSamplesByFunction = async (path: string): Promise<SamplesByFunction> => {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size > LARGE_BYTES) limitHeapGrowth();
  const packed = packInstances();
  const collector = collectRecords(path, { ...packed, most: MOST_PACKED });
  const tornLines = await readRecords(path, collector);
  const { header, isolations, blocks, end, unknownLines, attempts, isComplete } = collector.finish();
  const blockRecords = groupBy(blocks, (record) => record.function);
  const blocksOf = (name: string): readonly BlockRecord[] => blockRecords.get(name) ?? [];
  const incompleteByFunction = new Map<string, number>();
  /** Numbers of complete blocks, of functions that have others. */
  const kept = new Map<string, ReadonlySet<number>>();
  for (const name of packed.functions()) {
    if (isComplete(name)) continue;
    const { instances, incomplete } = completeBlocks(packed.unpack(name), isolations, blocksOf(name));
    if (incomplete === 0) continue;
    incompleteByFunction.set(name, incomplete);
    kept.set(name, new Set(instances.map(({ block }) => block)));
  }
  const firsts = packed
    .functions()
    .map((name) => ({ name, first: packed.firstOf(name, (block) => kept.get(name)?.has(block) ?? true) }))
    .filter(({ first }) => first < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.first - b.first);
  return {
    header,
    functions: firsts.map(({ name }) => name),
    instancesOf(name) {
      const only = kept.get(name);
      const instances = packed.unpack(name);
      return only === undefined ? instances : instances.filter(({ block }) => only.has(block));
    },
    blocksOf,
    completeFor: isolations,
    end,
    ...(attempts.plans.size > 0 && { plans: attempts.plans }),
    ignored: {
      tornLines,
      unknownLines,
      incompleteBlocks: [...incompleteByFunction.values()].reduce((sum, count) => sum + count, 0),
      incompleteByFunction,
    },
  };
};

/** What an earlier attempt left for a further one. */
export interface EarlierRun {
  samples: Samples;
  /** Its records after the header, as they stand in the file, without their seals. The last one is an `end`. */
  lines: string[];
  seal: SealFinding;
  attempts: AttemptTracker;
}

/** All lines are held in memory until they stand in the new file. The samples of a run are far below this size. */
const MAX_BYTES = 512 * 2 ** 20;

/**
 * Reads the samples of an earlier attempt together with its lines, which the new file takes over. The file is read once and
 * whole, so the new file may replace it. Where the attempt was killed an `end` is added, because `end` separates attempts.
 * @param key what seals are checked with; null: they are not
 * @throws BadInputError naming file, line, key, value and what is accepted
 */
export const readEarlier = async (path: string, key: SealKey | null = null): Promise<EarlierRun> => {
  const check = startSealCheck(key);
  const instances: InstanceRecord[] = [];
  const collector = collectRecords(path, keepWhole(instances));
  const lines: string[] = [];
  let bytes = 0;
  await readRecords(path, collector, (text) => {
    bytes += Buffer.byteLength(text);
    if (bytes > MAX_BYTES) throw new BadInputError(`${path}: over ${MAX_BYTES} bytes; no run leaves as much`);
    lines.push(check.add(text));
  });
  const file = collector.finish();
  const { attempts } = file;
  // A torn last line is not taken over, so the new file has none.
  const samples = toSamples(file, instances, 0);
  const records = lines.slice(1);
  if (records.length > 0 && !attempts.isEnded()) {
    const end = { type: 'end', reason: 'interrupted' } as const;
    attempts.add(end);
    records.push(JSON.stringify(end));
  }
  return { samples: { ...samples, end: null }, lines: records, seal: await check.finish(), attempts };
};

/** Hands every record of the file to the collector. @returns 1 where the last line was torn, else 0 */
const readRecords = async (
  path: string,
  collector: RecordCollector,
  onLine: (text: string) => void = () => {},
): Promise<number> => {
  let broken: Line | null = null;
  for await (const lines of readLines(path))
    for (const line of lines) {
      if (line.text.trim() === '') continue;
      if (broken !== null)
        throw new BadInputError(
          `${path}:${broken.number}: ${show(broken.text)}: not JSON; accepted: one JSON object a line`,
        );
      const parsed = parseJson(line);
      if (parsed === null) broken = line;
      else {
        collector.add(parsed.data, line.number);
        onLine(line.text);
      }
    }
  return broken === null ? 0 : 1;
};

const parseJson = (line: Line): { data: unknown } | null => {
  try {
    return { data: JSON.parse(line.text) };
  } catch {
    return null;
  }
};
