import * as v from 'valibot';
import { BadInputError, messageOf } from '../errors.ts';
import type { BaselineRecord, EndRecord, InstanceRecord, Samples, SamplesHeader } from '../types.ts';
import { completeBlocks } from './complete-blocks.ts';
import { type Line, readLines } from './read-lines.ts';
import {
  endSchema,
  evidenceSchema,
  headerSchema,
  hostSampleSchema,
  hostSchema,
  imagesSchema,
  instanceSchema,
} from './samples-schema.ts';

const MAX_INSTANCES = 500_000;

const show = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 80);

/** @throws BadInputError `FILE:LINE: KEY: VALUE: accepted: …` */
const parse = <T extends v.GenericSchema>(schema: T, data: unknown, place: string): v.InferOutput<T> => {
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue);
  const accepted = issue.expected ?? issue.message;
  throw new BadInputError(`${place}: ${key === null ? '' : `${key}: `}${show(issue.input)}: accepted: ${accepted}`);
};

/** The key with its value where it has the shape, else no key at all. */
const lenient = <K extends string, T extends v.GenericSchema>(key: K, schema: T, data: unknown) => {
  const result = v.safeParse(schema, (data as Record<string, unknown>)[key]);
  return (result.success ? { [key]: result.output } : {}) as { [P in K]?: v.InferOutput<T> };
};

const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;

const parseHeader = (data: unknown, place: string, parseRecord: (data: unknown) => BaselineRecord): SamplesHeader => {
  const header = parse(headerSchema, data, place);
  const baseline = header.baseline.map((record, index) => {
    try {
      return parseRecord(record);
    } catch (error) {
      throw new BadInputError(`${place}: baseline[${index}]: ${messageOf(error)}`);
    }
  });
  const forReport = { ...lenient('images', imagesSchema, data), ...lenient('host', hostSchema, data) };
  return defined({ ...header, baseline, ...forReport }) as SamplesHeader;
};

const parseInstance = (data: unknown, place: string): InstanceRecord => {
  const record = parse(instanceSchema, data, place);
  const forReport = { ...lenient('evidence', evidenceSchema, data), ...lenient('host', hostSampleSchema, data) };
  return defined({ ...record, ...forReport }) as InstanceRecord;
};

const isObject = (data: unknown): data is Record<string, unknown> =>
  typeof data === 'object' && data !== null && !Array.isArray(data);

/** Collects records; says what is wrong with the first that cannot stand. */
const createCollector = (path: string, parseRecord: (data: unknown) => BaselineRecord) => {
  let header: SamplesHeader | null = null;
  let end: EndRecord | null = null;
  let unknownLines = 0;
  const instances: InstanceRecord[] = [];
  const seen = new Map<string, number>();

  const addInstance = (data: unknown, line: number) => {
    const record = parseInstance(data, `${path}:${line}`);
    const { function: name, block, isolation, arm, revision } = record;
    const key = JSON.stringify([name, block, isolation, arm, revision]);
    const earlier = seen.get(key);
    if (earlier !== undefined)
      throw new BadInputError(
        `${path}:${line}: block: ${block}: ${name}/${isolation} (${arm}, ${revision}) stands in line ${earlier} already; accepted: one instance of an arm a block`,
      );
    if (instances.length >= MAX_INSTANCES)
      throw new BadInputError(`${path}:${line}: more than ${MAX_INSTANCES} instances; split the file`);
    seen.set(key, line);
    instances.push(record);
  };

  return {
    add(data: unknown, line: number) {
      const type = isObject(data) ? data['type'] : undefined;
      if (header === null) {
        if (type !== 'header')
          throw new BadInputError(`${path}:${line}: type: ${show(type)}: accepted: a header as the first line`);
        header = parseHeader(data, `${path}:${line}`, parseRecord);
      } else if (type === 'header')
        throw new BadInputError(`${path}:${line}: type: "header": accepted: only one header`);
      else if (type === 'instance') addInstance(data, line);
      else if (type === 'end') end = parse(endSchema, data, `${path}:${line}`);
      else if (type !== 'look' && type !== 'calibration') unknownLines += 1;
    },
    finish(tornLines: number): Samples {
      if (header === null) throw new BadInputError(`${path}: no header; accepted: a samples file (isogate.samples/1)`);
      const { instances: complete, incomplete: incompleteBlocks, incompleteByFunction } = completeBlocks(instances);
      const ignored = { tornLines, unknownLines, incompleteBlocks, incompleteByFunction };
      return { header, instances: complete, end, ignored };
    },
  };
};

const parseJson = (line: Line): { data: unknown } | null => {
  try {
    return { data: JSON.parse(line.text) };
  } catch {
    return null;
  }
};

/**
 * A samples file (docs/samples.md), from this program or another. Strict about the header and the numbers; a torn last
 * line, lines of unknown type and incomplete blocks are left out and counted.
 * @param parseRecord the baseline room's parser, for the records that the header holds
 * @throws BadInputError naming file, line, key, value and what is accepted
 */
export const readSamples = async (path: string, parseRecord: (data: unknown) => BaselineRecord): Promise<Samples> => {
  const collector = createCollector(path, parseRecord);
  let broken: Line | null = null;
  for await (const line of readLines(path)) {
    if (line.text.trim() === '') continue;
    if (broken !== null)
      throw new BadInputError(
        `${path}:${broken.number}: ${show(broken.text)}: not JSON; accepted: one JSON object a line`,
      );
    const parsed = parseJson(line);
    if (parsed === null) broken = line;
    else collector.add(parsed.data, line.number);
  }
  return collector.finish(broken === null ? 0 : 1);
};
