/** Flow part: the base's image of every function, or why it takes no part. */

import { isAbsolute, join, relative } from 'node:path';
import { isInside, realPath } from '../config/workspace.ts';
import type { Revisions } from '../git/open-revisions.ts';
import { buildImage } from '../image/build-image.ts';
import { shortCommit, shortDigest } from '../lib/text.ts';
import type { Config, FunctionConfig } from '../model/config.ts';
import { BadInputError, GitError, InstanceError, messageOf, NotMeasurableError } from '../model/errors.ts';
import type { FunctionImage, GuestKernel } from '../model/image.ts';
import type { BaseOfFunction, ChangeUnderTest } from '../model/samples.ts';
import type { BuildOptions, BuiltFunction } from './images.ts';

export interface BuiltBase {
  change: ChangeUnderTest;
  /** By function, of those that run beside the head. */
  images: Map<string, FunctionImage>;
}

export interface BaseOptions extends BuildOptions {
  /** Top of the head's checkout, real. */
  workspace: string;
}

/** Null where nothing is compared with a base. */
export async function buildBase(
  config: Config,
  built: BuiltFunction[],
  revisions: Revisions | null,
  kernel: GuestKernel | null,
  options: BaseOptions,
): Promise<BuiltBase | null> {
  const base = revisions?.base ?? null;
  if (revisions === null || base === null || config.compare === 'none' || config.compare === 'stored') return null;
  const functions: Record<string, BaseOfFunction> = {};
  const images = new Map<string, FunctionImage>();
  options.log(`base · ${shortCommit(base.commit)} (${HOW[base.basis]})`);
  for (const head of built) {
    const { name } = head.config;
    // The head's own failure is what the run tells.
    if (head.image === null) continue;
    const image = await buildOne(head.config, config, revisions, kernel, options);
    if (typeof image === 'string') functions[name] = { state: 'not-built', reason: image };
    else if (image.digest === head.image.digest) functions[name] = { state: 'same-image', digest: image.digest };
    else {
      functions[name] = { state: 'beside', digest: image.digest };
      images.set(name, image);
    }
    options.log(`base · ${name}: ${told(functions[name] as BaseOfFunction)}`);
  }
  return { change: { head: revisions.head, base: base.commit, basis: base.basis, functions }, images };
}

const HOW: Record<ChangeUnderTest['basis'], string> = {
  'merge-parent': 'first parent of the merge commit under test',
  'merge-base': 'where head and base parted',
  given: 'as given',
};

const told = (base: BaseOfFunction): string => {
  if (base.state === 'not-built') return `not measured: ${base.reason}`;
  const digest = shortDigest(base.digest);
  return base.state === 'same-image'
    ? `${digest}, the head's own image: not measured twice`
    : `${digest}, beside the head`;
};

/** A GitError: the base's files could not be fetched. */
const CAUSED_BY_BASE = [BadInputError, InstanceError, NotMeasurableError, GitError];

/** @returns why there is none, where only the base is to blame */
async function buildOne(
  fn: FunctionConfig,
  { resources }: Config,
  revisions: Revisions,
  kernel: GuestKernel | null,
  options: BaseOptions,
): Promise<FunctionImage | string> {
  options.signal?.throwIfAborted();
  try {
    const tree = await revisions.baseTree();
    const move = mover(options.workspace, tree);
    const leaveOut = options.leaveOut?.map((path) => move(path) ?? path);
    return await buildImage({ ...options, function: moved(fn, move, tree), resources, kernel, leaveOut });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (CAUSED_BY_BASE.some((kind) => error instanceof kind)) return messageOf(error);
    throw error;
  }
}

/** From the head's checkout to the same place in the base's; null for what is outside of it. */
const mover =
  (from: string, to: string) =>
  (path: string): string | null =>
    isAbsolute(path) && isInside(from, path) ? join(to, relative(from, path)) : null;

/** The same function as the base has it. Events are the head's: both revisions answer the same calls. */
const moved = (fn: FunctionConfig, move: (path: string) => string | null, tree: string): FunctionConfig => {
  const there = (path: string): string => {
    const target = move(path);
    if (target === null) return path;
    if (realPath(target, '.') !== target)
      throw new BadInputError(`${relative(tree, target)} is reached by a link on the base`);
    return target;
  };
  const { image } = fn;
  return {
    ...fn,
    directory: there(fn.directory),
    ...((image.kind === 'rootfs' || image.kind === 'dockerfile') && { image: { ...image, path: there(image.path) } }),
  };
};
