/** Validates single records of a samples file. */

import * as v from 'valibot';
import { BadInputError, messageOf } from '../model/errors.ts';
import type { InstanceRecord, SamplesHeader } from '../model/samples.ts';
import { parseBaselineRecord } from './baseline-record-schema.ts';
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

/** For what only the report shows: an object with the key where its value has the right shape, else an empty object. */
const parseLeniently = <K extends string, T extends v.GenericSchema>(key: K, schema: T, data: unknown) => {
  const result = v.safeParse(schema, (data as Record<string, unknown>)[key]);
  return (result.success ? { [key]: result.output } : {}) as { [P in K]?: v.InferOutput<T> };
};

const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;

export const parseHeader = (data: unknown, place: string): SamplesHeader => {
  const header = parseAs(headerSchema, data, place);
  const parseRecords = (key: 'baseline' | 'pinned') =>
    header[key]?.map((record, index) => {
      try {
        return parseBaselineRecord(record);
      } catch (error) {
        throw new BadInputError(`${place}: ${key}[${index}]: ${messageOf(error)}`);
      }
    });
  return withoutUndefined({
    ...header,
    baseline: parseRecords('baseline'),
    pinned: parseRecords('pinned'),
    ...parseLeniently('images', imagesSchema, data),
    ...parseLeniently('host', hostSchema, data),
  }) as SamplesHeader;
};

export const parseInstance = (data: unknown, place: string): InstanceRecord => {
  const record = parseAs(instanceSchema, data, place);
  return withoutUndefined({
    ...record,
    ...parseLeniently('evidence', evidenceSchema, data),
    ...parseLeniently('host', hostSampleSchema, data),
  }) as InstanceRecord;
};
