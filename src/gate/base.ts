/** The base revision's image of every function, or why the base takes no part in measuring it. */

import { isAbsolute, join, relative } from 'node:path';
import { isInside, realPath } from '../config/workspace.ts';
import type { Revisions } from '../git/open-revisions.ts';
import { buildImage } from '../image/build-image.ts';
import { shortCommit, shortDigest } from '../lib/text.ts';
import type { Config, FunctionConfig } from '../model/config.ts';
import type { Env } from '../model/env.ts';
import { BadInputError, GitError, InstanceError, messageOf, NotMeasurableError } from '../model/errors.ts';
import type { FunctionImage } from '../model/image.ts';
import type { BaseOfFunction, ChangeUnderTest } from '../model/samples.ts';
import type { BuiltFunction, ImageParts } from './images.ts';

export interface BuiltBase {
  change: ChangeUnderTest;
  /** By function: the images that run beside those of the head. */
  images: Map<string, FunctionImage>;
}

/** Null where nothing is compared with a base that runs beside the head. */
export async function buildBase(
  config: Config,
  built: BuiltFunction[],
  revisions: Revisions | null,
  parts: ImageParts,
  env: Env,
): Promise<BuiltBase | null> {
  const base = revisions?.base ?? null;
  if (revisions === null || base === null || config.compare === 'none' || config.compare === 'stored') return null;
  const functions: Record<string, BaseOfFunction> = {};
  const images = new Map<string, FunctionImage>();
  env.log(`base · ${shortCommit(base.commit)} (${HOW[base.basis]})`);
  for (const { config: fn, image: head } of built) {
    // Where the head itself cannot be built, the run reports that and nothing else.
    if (head === null) continue;
    const image = await buildBaseImage(fn, config, revisions, parts, env);
    const state = compareImages(head, image);
    if (state.state === 'beside') images.set(fn.name, image as FunctionImage);
    functions[fn.name] = state;
    env.log(`base · ${fn.name}: ${describeBase(state)}`);
  }
  return { change: { head: revisions.head, base: base.commit, basis: base.basis, functions }, images };
}

const HOW: Record<ChangeUnderTest['basis'], string> = {
  'merge-parent': 'first parent of the merge commit under test',
  'merge-base': 'the merge base of the change and its base',
  given: 'as given',
};

function compareImages(head: FunctionImage, base: FunctionImage | string): BaseOfFunction {
  if (typeof base === 'string') return { state: 'not-built', reason: base };
  return { state: base.digest === head.digest ? 'same-image' : 'beside', digest: base.digest };
}

const describeBase = (base: BaseOfFunction): string => {
  if (base.state === 'not-built') return `not measured: ${base.reason}`;
  const digest = shortDigest(base.digest);
  return base.state === 'same-image'
    ? `${digest}, the same image as the head's: not measured twice`
    : `${digest}, measured beside the head`;
};

/** Of these the last: the base's files could not be fetched. */
const BLAMED_ON_BASE = [BadInputError, InstanceError, NotMeasurableError, GitError];

/** @returns the reason why there is no image, where it lies in the base and not in this machine or the head */
async function buildBaseImage(
  fn: FunctionConfig,
  { resources, workspace }: Config,
  revisions: Revisions,
  parts: ImageParts,
  env: Env,
): Promise<FunctionImage | string> {
  env.signal.throwIfAborted();
  try {
    const tree = await revisions.baseTree();
    const move = mapPaths(workspace ?? '/', tree);
    const leaveOut = parts.leaveOut.map((path) => move(path) ?? path);
    return await buildImage({
      ...env,
      ...parts,
      leaveOut,
      boundary: tree,
      function: moveFunction(fn, move, tree),
      resources,
    });
  } catch (error) {
    env.signal.throwIfAborted();
    if (BLAMED_ON_BASE.some((kind) => error instanceof kind)) return messageOf(error);
    throw error;
  }
}

/** From a path in the head's checkout to the same place in the base's; null for a path outside of the checkout. */
const mapPaths =
  (from: string, to: string) =>
  (path: string): string | null =>
    isAbsolute(path) && isInside(from, path) ? join(to, relative(from, path)) : null;

/** The same function in the base's tree. Its events stay the head's, so that both revisions answer the same calls. */
function moveFunction(fn: FunctionConfig, move: (path: string) => string | null, tree: string): FunctionConfig {
  const toBase = (path: string): string => {
    const target = move(path);
    if (target === null) return path;
    if (realPath(target, '.') !== target)
      throw new BadInputError(`on the base, ${relative(tree, target)} is reached through a symbolic link`);
    return target;
  };
  const { image } = fn;
  const isLocal = image.kind === 'rootfs' || image.kind === 'dockerfile';
  return { ...fn, directory: toBase(fn.directory), image: isLocal ? { ...image, path: toBase(image.path) } : image };
}
