/** Flow part: parts of one run, each of which measured functions of its own, become one to decide on. */

import { BadInputError } from '../model/errors.ts';
import type { SamplesHeader } from '../model/samples.ts';
import { type EarlierRun, readEarlier } from './read-earlier.ts';
import { parseBaselineRecord } from './record-schema.ts';
import { refuseOtherPart } from './refuse-other-run.ts';

/** A samples file before it is decided on: its header, and its other lines as they stand. */
export interface RawRun {
  header: SamplesHeader;
  lines: string[];
}

export async function readRawRun(path: string): Promise<RawRun> {
  const { samples, lines } = await readEarlier(path, parseBaselineRecord);
  return { header: samples.header, lines };
}

interface Part extends EarlierRun {
  path: string;
}

/**
 * Blocks are counted by function, so the parts' lines can follow each other as they are.
 * @throws BadInputError where two parts are not of one run, or measured the same function
 */
export async function mergeRuns(paths: readonly string[]): Promise<RawRun> {
  const parts: Part[] = [];
  for (const path of paths) parts.push({ path, ...(await readEarlier(path, parseBaselineRecord)) });
  const [first, ...others] = parts;
  if (first === undefined) throw new BadInputError('there is no part to merge');
  refuseOverlap(parts);
  for (const { path, samples } of others) refuseOtherPart(path, first.samples.header, samples.header);
  // The end of the last is the end of all: one that was interrupted is not to be hidden by one that was not.
  const inOrder = [...parts].sort((a, b) => Number(isInterrupted(a)) - Number(isInterrupted(b)));
  return {
    header: mergeHeaders(parts.map(({ samples }) => samples.header)),
    lines: inOrder.flatMap(({ lines }) => lines),
  };
}

/** Its last line is an `end`, made up where there was none. */
const isInterrupted = ({ lines }: Part): boolean => JSON.parse(lines.at(-1) ?? '{}').reason === 'interrupted';

function refuseOverlap(parts: Part[]): void {
  const seen = new Map<string, string>();
  for (const { path, samples } of parts)
    for (const name of new Set([
      ...Object.keys(Object(samples.header.config['functions'])),
      ...samples.instances.map((one) => one.function),
    ])) {
      const other = seen.get(name);
      if (other !== undefined)
        throw new BadInputError(`${path}: has ${name}, as has ${other}; accepted: parts with functions of their own`);
      seen.set(name, path);
    }
}

function mergeHeaders(headers: SamplesHeader[]): SamplesHeader {
  const [first] = headers as [SamplesHeader];
  const all = <K extends 'fingerprint' | 'images'>(key: K): NonNullable<SamplesHeader[K]> =>
    Object.assign({}, ...headers.map((header) => header[key]));
  const changes = headers.flatMap(({ change }) => (change ? [change] : []));
  return {
    ...first,
    shard: { index: 1, count: 1 },
    attempt: Math.max(...headers.map(({ attempt }) => attempt)),
    config: { ...first.config, functions: Object.assign({}, ...headers.map(({ config }) => config['functions'])) },
    fingerprint: all('fingerprint'),
    images: all('images'),
    ...(changes[0] && {
      change: { ...changes[0], functions: Object.assign({}, ...changes.map(({ functions }) => functions)) },
    }),
  };
}
