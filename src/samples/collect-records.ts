import { BadInputError } from '../model/errors.ts';
import type { BlockRecord, EndRecord, InstanceRecord, SamplesHeader } from '../model/samples.ts';
import { parseAs, parseHeader, parseInstance, show } from './parse-record.ts';
import { isFields, readPlainInstance, rememberArms } from './plain-records.ts';
import { listConfiguredIsolations } from './samples-config.ts';
import { blockSchema, calibrationSchema, cutOffSchema, endSchema, lookSchema } from './samples-schema.ts';
import { type AttemptTracker, trackAttempts } from './track-attempts.ts';
import { trackBlocks } from './track-blocks.ts';

/** Where the instances of a file are kept. */
export interface InstanceStore {
  count(): number;
  /** How many it takes at the most. */
  most: number;
  add(record: InstanceRecord, line: number): void;
  /** The line of an instance that was added. */
  findLine(record: InstanceRecord): number | null;
}

/** What a file holds besides its instances. */
export interface CollectedFile {
  header: SamplesHeader;
  /** Those of the configuration in the header. */
  isolations: ReadonlySet<string>;
  blocks: BlockRecord[];
  /** How the last attempt ended; null where it did not. */
  end: EndRecord | null;
  unknownLines: number;
  attempts: AttemptTracker;
  /** Every block of the function has a record, and holds all of its arms and a control. */
  isComplete(functionName: string): boolean;
}

export interface RecordCollector {
  /** @throws BadInputError naming line, key, value and what is accepted */
  add(data: unknown, line: number): void;
  /** @throws BadInputError where there was no header */
  finish(): CollectedFile;
}

const MOST_BLOCKS = 1_000_000;

/** Collects the records of one file, and refuses the first that contradicts those before it. */
export const collectRecords = (path: string, store: InstanceStore): RecordCollector => {
  let header: SamplesHeader | null = null;
  let end: EndRecord | null = null;
  let unknownLines = 0;
  const blocks: BlockRecord[] = [];
  let isolations: ReadonlySet<string> = new Set();
  let tracked = trackBlocks(isolations, store.findLine);
  const attempts = trackAttempts();
  const arms = rememberArms();

  const refuse = (line: number, what: string): never => {
    throw new BadInputError(`${path}:${line}: ${what}`);
  };

  /** A further attempt continues the numbers of the blocks: otherwise nobody could tell which looks belong to which attempt. */
  const checkOrder = (record: { function: string; block: number }, line: number): void => {
    const first = attempts.firstBlock(record.function);
    if (record.block < first)
      refuse(
        line,
        `block: ${record.block}: after an "end": accepted: ${first} or more, the blocks of a further attempt`,
      );
  };

  const addInstance = (data: Record<string, unknown>, line: number): void => {
    const record = readPlainInstance(data) ?? parseInstance(data, `${path}:${line}`);
    const problem = tracked.addInstance(record);
    if (problem !== null) refuse(line, problem);
    if (store.count() >= store.most) refuse(line, `more than ${store.most} instances; split the file`);
    checkOrder(record, line);
    attempts.add(record);
    store.add(record, line);
  };

  const parseBlock = (data: unknown, line: number): BlockRecord => {
    const record: BlockRecord = parseAs(blockSchema, data, `${path}:${line}`);
    arms.add(record);
    return record;
  };

  const addBlock = (data: Record<string, unknown>, line: number): void => {
    const record = arms.read(data) ?? parseBlock(data, line);
    const problem = tracked.addBlock(record);
    if (problem !== null) refuse(line, problem);
    if (blocks.length >= MOST_BLOCKS) refuse(line, `more than ${MOST_BLOCKS} blocks; split the file`);
    checkOrder(record, line);
    attempts.add(record);
    blocks.push(record);
  };

  const addCalibration = (data: unknown, line: number): void => {
    const record = parseAs(calibrationSchema, data, `${path}:${line}`);
    const { function: name, blocks: horizon } = record;
    if (horizon !== undefined && attempts.nextBlock(name) > attempts.firstBlock(name))
      refuse(line, `blocks: ${horizon}: accepted: before the first block of its attempt`);
    // A plan made once blocks are known could choose which of them count.
    const before = tracked.wholeBlocks(name);
    if (horizon !== undefined && horizon <= before)
      refuse(line, `blocks: ${horizon}: accepted: more than the ${before} blocks that ${name} has`);
    attempts.add(record);
  };

  const adders: Record<string, (data: Record<string, unknown>, line: number) => void> = {
    header: (_, line) => refuse(line, 'type: "header": accepted: only one header'),
    instance: addInstance,
    block: addBlock,
    calibration: addCalibration,
    look: (data, line) => attempts.add(parseAs(lookSchema, data, `${path}:${line}`)),
    'cut-off': (data, line) => attempts.add(parseAs(cutOffSchema, data, `${path}:${line}`)),
    end: (data, line) => {
      end = parseAs(endSchema, data, `${path}:${line}`);
      attempts.add(end);
    },
  };

  return {
    add(data, line) {
      const type = isFields(data) ? data['type'] : undefined;
      if (header === null) {
        if (type !== 'header') refuse(line, `type: ${show(type)}: accepted: a header as the first line`);
        header = parseHeader(data, `${path}:${line}`);
        isolations = listConfiguredIsolations(header.config);
        tracked = trackBlocks(isolations, store.findLine);
        return;
      }
      const addRecord = typeof type === 'string' && Object.hasOwn(adders, type) ? adders[type] : undefined;
      if (addRecord && isFields(data)) addRecord(data, line);
      else unknownLines += 1;
    },
    finish() {
      if (header === null) throw new BadInputError(`${path}: no header; accepted: a samples file (isogate.samples/1)`);
      return {
        header,
        isolations,
        blocks,
        // An attempt that was killed has no end, whatever the end of the one before it.
        end: attempts.isEnded() ? end : null,
        unknownLines,
        attempts,
        isComplete: tracked.isComplete,
      };
    },
  };
};
