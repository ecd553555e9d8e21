/** One record of a samples file, checked. */

import * as v from 'valibot';
import type { BaselineRecord } from '../model/baseline.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import type { InstanceRecord, SamplesHeader } from '../model/samples.ts';
import {
  evidenceSchema,
  headerSchema,
  hostSampleSchema,
  hostSchema,
  imagesSchema,
  instanceSchema,
} from './samples-schema.ts';

export const show = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 80);

/** @throws BadInputError `FILE:LINE: KEY: VALUE: accepted: …` */
export const parseAs = <T extends v.GenericSchema>(schema: T, data: unknown, place: string): v.InferOutput<T> => {
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

export const parseHeader = (
  data: unknown,
  place: string,
  parseRecord: (data: unknown) => BaselineRecord,
): SamplesHeader => {
  const header = parseAs(headerSchema, data, place);
  const recordsOf = (key: 'baseline' | 'pinned') =>
    header[key]?.map((record, index) => {
      try {
        return parseRecord(record);
      } catch (error) {
        throw new BadInputError(`${place}: ${key}[${index}]: ${messageOf(error)}`);
      }
    });
  const forReport = { ...lenient('images', imagesSchema, data), ...lenient('host', hostSchema, data) };
  return defined({
    ...header,
    ...{ baseline: recordsOf('baseline'), pinned: recordsOf('pinned') },
    ...forReport,
  }) as SamplesHeader;
};

export const parseInstance = (data: unknown, place: string): InstanceRecord => {
  const record = parseAs(instanceSchema, data, place);
  const forReport = { ...lenient('evidence', evidenceSchema, data), ...lenient('host', hostSampleSchema, data) };
  return defined({ ...record, ...forReport }) as InstanceRecord;
};
