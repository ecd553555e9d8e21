import { BadInputError } from '../model/errors.ts';
import type { BlockRecord, EndRecord, InstanceRecord, Samples, SamplesHeader } from '../model/samples.ts';
import { completeBlocks } from './complete-blocks.ts';
import { parseAs, parseHeader, parseInstance, show } from './parse-record.ts';
import { listConfiguredIsolations } from './samples-config.ts';
import { blockSchema, calibrationSchema, endSchema, lookSchema } from './samples-schema.ts';
import { type AttemptTracker, trackAttempts } from './track-attempts.ts';
import { trackBlocks } from './track-blocks.ts';

const MAX_INSTANCES = 500_000;

const isObject = (data: unknown): data is Record<string, unknown> =>
  typeof data === 'object' && data !== null && !Array.isArray(data);

export interface RecordCollector {
  /** @throws BadInputError naming line, key, value and what is accepted */
  add(data: unknown, line: number): void;
  /** @throws BadInputError where there was no header */
  finish(tornLines: number): { samples: Samples; attempts: AttemptTracker };
}

/** Collects the records of one file, and refuses the first that contradicts those before it. */
export const collectRecords = (path: string): RecordCollector => {
  let header: SamplesHeader | null = null;
  let end: EndRecord | null = null;
  let unknownLines = 0;
  const instances: InstanceRecord[] = [];
  const blocks: BlockRecord[] = [];
  let isolations: ReadonlySet<string> = new Set();
  let tracked = trackBlocks(isolations);
  const attempts = trackAttempts();

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

  const addInstance = (data: unknown, line: number): void => {
    const record = parseInstance(data, `${path}:${line}`);
    const problem = tracked.addInstance(record, line);
    if (problem !== null) refuse(line, problem);
    if (instances.length >= MAX_INSTANCES) refuse(line, `more than ${MAX_INSTANCES} instances; split the file`);
    checkOrder(record, line);
    attempts.add(record);
    instances.push(record);
  };

  const addBlock = (data: unknown, line: number): void => {
    const record = parseAs(blockSchema, data, `${path}:${line}`);
    const problem = tracked.addBlock(record);
    if (problem !== null) refuse(line, problem);
    if (blocks.length >= MAX_INSTANCES) refuse(line, `more than ${MAX_INSTANCES} blocks; split the file`);
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

  const adders: Record<string, (data: unknown, line: number) => void> = {
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
        header = parseHeader(data, `${path}:${line}`);
        isolations = listConfiguredIsolations(header.config);
        tracked = trackBlocks(isolations);
        return;
      }
      const addRecord = typeof type === 'string' && Object.hasOwn(adders, type) ? adders[type] : undefined;
      if (addRecord) addRecord(data, line);
      else unknownLines += 1;
    },
    finish(tornLines) {
      if (header === null) throw new BadInputError(`${path}: no header; accepted: a samples file (isogate.samples/1)`);
      const complete = completeBlocks(instances, isolations, blocks);
      const samples: Samples = {
        header,
        instances: complete.instances,
        // An attempt that was killed has no end, whatever the end of the one before it.
        end: attempts.isEnded() ? end : null,
        ...(blocks.length > 0 && { blocks }),
        ...(attempts.plans.size > 0 && { plans: attempts.plans }),
        ignored: {
          tornLines,
          unknownLines,
          incompleteBlocks: complete.incomplete,
          incompleteByFunction: complete.incompleteByFunction,
        },
      };
      return { samples, attempts };
    },
  };
};
