import { BadInputError } from '../errors.ts';
import type { BaselineRecord, BlockRecord, EndRecord, InstanceRecord, Samples, SamplesHeader } from '../types.ts';
import { completeBlocks } from './complete-blocks.ts';
import { parseAs, parseHeader, parseInstance, show } from './parse-record.ts';
import { blockSchema, calibrationSchema, endSchema, lookSchema } from './samples-schema.ts';
import { type AttemptTracker, trackAttempts } from './track-attempts.ts';

const MAX_INSTANCES = 500_000;

const isObject = (data: unknown): data is Record<string, unknown> =>
  typeof data === 'object' && data !== null && !Array.isArray(data);

export interface RecordCollector {
  /** @throws BadInputError naming line, key, value and what is accepted */
  add(data: unknown, line: number): void;
  /** @throws BadInputError where there was no header */
  finish(tornLines: number): { samples: Samples; attempts: AttemptTracker };
}

const keyOf = (...parts: (string | number)[]): string => JSON.stringify(parts);

/** Collects the records of one file; says what is wrong with the first that cannot stand. */
export const collectRecords = (path: string, parseRecord: (data: unknown) => BaselineRecord): RecordCollector => {
  let header: SamplesHeader | null = null;
  let end: EndRecord | null = null;
  let unknownLines = 0;
  const instances: InstanceRecord[] = [];
  const blocks: BlockRecord[] = [];
  const seen = new Map<string, number>();
  const planned = new Map<string, Set<string>>();
  const attempts = trackAttempts();

  const refuse = (line: number, what: string): never => {
    throw new BadInputError(`${path}:${line}: ${what}`);
  };

  /** Attempts follow each other in their blocks as well, or nobody knows which looks were whose. */
  const checkOrder = (record: { function: string; block: number }, line: number): void => {
    const first = attempts.firstBlock(record.function);
    if (record.block < first)
      refuse(
        line,
        `block: ${record.block}: after an "end": accepted: ${first} or more, the blocks of a further attempt`,
      );
  };

  const addInstance = (data: unknown, line: number): void => {
    const record = parseInstance(data, `${path}:${line}`);
    const { function: name, block, isolation, arm, revision } = record;
    const earlier = seen.get(keyOf(name, block, isolation, arm, revision));
    const place = `block: ${block}: ${name}/${isolation} (${arm}, ${revision})`;
    if (earlier !== undefined)
      refuse(line, `${place} stands in line ${earlier} already; accepted: one instance of an arm a block`);
    if (instances.length >= MAX_INSTANCES) refuse(line, `more than ${MAX_INSTANCES} instances; split the file`);
    if (planned.get(keyOf(name, block))?.has(keyOf(isolation, arm, revision)) === false)
      refuse(line, `${place} is not in its block's record; accepted: the arms that are`);
    checkOrder(record, line);
    seen.set(keyOf(name, block, isolation, arm, revision), line);
    attempts.add(record);
    instances.push(record);
  };

  const addBlock = (data: unknown, line: number): void => {
    const record = parseAs(blockSchema, data, `${path}:${line}`);
    const key = keyOf(record.function, record.block);
    if (planned.has(key))
      refuse(line, `block: ${record.block}: ${record.function} has its record already; accepted: one a block`);
    if (blocks.length >= MAX_INSTANCES) refuse(line, `more than ${MAX_INSTANCES} blocks; split the file`);
    checkOrder(record, line);
    planned.set(key, new Set(record.arms.map(({ isolation, arm, revision }) => keyOf(isolation, arm, revision))));
    attempts.add(record);
    blocks.push(record);
  };

  const addCalibration = (data: unknown, line: number): void => {
    const record = parseAs(calibrationSchema, data, `${path}:${line}`);
    const { function: name } = record;
    if (attempts.nextBlock(name) > attempts.firstBlock(name) && record.blocks !== undefined)
      refuse(line, `blocks: ${record.blocks}: accepted: before the first block of its attempt`);
    attempts.add(record);
  };

  const addOf: Record<string, (data: unknown, line: number) => void> = {
    header: (_, line) => refuse(line, 'type: "header": accepted: only one header'),
    instance: addInstance,
    block: addBlock,
    calibration: addCalibration,
    look: (data, line) => attempts.add(parseAs(lookSchema, data, `${path}:${line}`)),
    end: (data, line) => {
      end = parseAs(endSchema, data, `${path}:${line}`);
      attempts.add(end);
    },
  };

  return {
    add(data, line) {
      const type = isObject(data) ? data['type'] : undefined;
      if (header === null) {
        if (type !== 'header') refuse(line, `type: ${show(type)}: accepted: a header as the first line`);
        header = parseHeader(data, `${path}:${line}`, parseRecord);
        return;
      }
      const addRecord = typeof type === 'string' && Object.hasOwn(addOf, type) ? addOf[type] : undefined;
      if (addRecord) addRecord(data, line);
      else unknownLines += 1;
    },
    finish(tornLines) {
      if (header === null) throw new BadInputError(`${path}: no header; accepted: a samples file (isogate.samples/1)`);
      const {
        instances: complete,
        incomplete: incompleteBlocks,
        incompleteByFunction,
      } = completeBlocks(instances, blocks);
      const samples: Samples = {
        header,
        instances: complete,
        // An attempt that was killed has no end, whatever the one before it had.
        end: attempts.isEnded() ? end : null,
        ...(blocks.length > 0 && { blocks }),
        ...(attempts.plans.size > 0 && { plans: attempts.plans }),
        ignored: { tornLines, unknownLines, incompleteBlocks, incompleteByFunction },
      };
      return { samples, attempts };
    },
  };
};
