/** Joins the parts of one run, each of which measured functions of its own, perhaps on a machine of its own. */

import type { SealKey } from '../host/seal-key.ts';
import { BadInputError } from '../model/errors.ts';
import type { SamplesHeader } from '../model/samples.ts';
import { type EarlierRun, readEarlier } from './read-samples.ts';
import { refuseOtherPart } from './refuse-other-run.ts';
import { explainSeal } from './seal.ts';

/** A samples file before anything is decided on it: its header, and its other lines unchanged. */
export interface RawRun {
  header: SamplesHeader;
  lines: string[];
}

/** @param key this machine's, where it has one: samples of another machine cannot be held against their seal */
export async function readRawRun(path: string, key: SealKey | null): Promise<RawRun> {
  const { samples, lines } = await readUnchanged(path, key);
  return { header: samples.header, lines };
}

/** @throws BadInputError where this machine sealed them, and they were changed since */
async function readUnchanged(path: string, key: SealKey | null): Promise<EarlierRun> {
  const run = await readEarlier(path, key);
  if (run.seal.state === 'broken' || run.seal.state === 'cut')
    throw new BadInputError(`${path}: ${explainSeal(run.seal)}; accepted: samples as the run left them`);
  return run;
}

interface Part extends EarlierRun {
  path: string;
}

/**
 * Blocks are numbered by function, so the lines of the parts can follow each other unchanged.
 * @throws BadInputError where two parts are not of one run, or measured the same function
 */
export async function mergeRuns(paths: readonly string[], key: SealKey | null = null): Promise<RawRun> {
  const parts: Part[] = [];
  for (const path of paths) parts.push({ path, ...(await readUnchanged(path, key)) });
  const [first, ...others] = parts;
  if (first === undefined) throw new BadInputError('there is no part to merge');
  refuseOverlap(parts);
  for (const { path, samples } of others) refuseOtherPart(path, first.samples.header, samples.header);
  // The last `end` counts for all, so an interrupted part comes last: no other part may hide that it was interrupted.
  const inOrder = [...parts].sort((a, b) => Number(isInterrupted(a)) - Number(isInterrupted(b)));
  return {
    header: mergeHeaders(parts),
    lines: inOrder.flatMap(({ lines }) => lines),
  };
}

/** The last line of a part is always an `end`: `readEarlier` adds one where there was none. */
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

function mergeHeaders(parts: Part[]): SamplesHeader {
  const headers = parts.map(({ samples }) => samples.header);
  const [first] = headers as [SamplesHeader];
  const all = <K extends 'fingerprint' | 'images'>(key: K): NonNullable<SamplesHeader[K]> =>
    Object.assign({}, ...headers.map((header) => header[key]));
  const changes = headers.flatMap(({ change }) => (change ? [change] : []));
  const missing = Object.assign({}, ...headers.map((header) => header.missing));
  return {
    ...first,
    attempt: Math.max(...headers.map(({ attempt }) => attempt)),
    config: { ...first.config, functions: Object.assign({}, ...headers.map(({ config }) => config['functions'])) },
    fingerprint: all('fingerprint'),
    images: all('images'),
    measured: {
      parts: parts.map(({ samples }) => [...new Set(samples.instances.map((one) => one.function))]),
      hadBaseline: headers.every(({ baseline }) => baseline.length > 0),
    },
    ...(Object.keys(missing).length > 0 && { missing }),
    ...(changes[0] && {
      change: { ...changes[0], functions: Object.assign({}, ...changes.map(({ functions }) => functions)) },
    }),
  };
}
