/** The base revision's image of every function, or why the base takes no part in measuring it. */

import { isAbsolute, join, relative } from 'node:path';
import { isInside, realPath } from '../config/workspace.ts';
import type { ComparisonBase } from '../git/comparison-base.ts';
import type { Revisions } from '../git/open-revisions.ts';
import { buildImage } from '../image/build-image.ts';
import { hasRoom, isDiskFull } from '../lib/has-room.ts';
import { shortCommit, shortDigest } from '../lib/text.ts';
import type { Config, FunctionConfig } from '../model/config.ts';
import type { Env } from '../model/env.ts';
import { BadInputError, GitError, InstanceError, messageOf, NotMeasurableError } from '../model/errors.ts';
import type { FunctionImage } from '../model/image.ts';
import type { BaseOfFunction, ChangeUnderTest, UnusableBase } from '../model/samples.ts';
import { BUILD_SHARE, type BuiltFunction, type ImageParts } from './images.ts';
import type { TimeBudget } from './time-budget.ts';
import type { TryBase } from './try-base.ts';

export interface BuiltBase {
  change: ChangeUnderTest;
  /** By function: the images that run beside those of the head. */
  images: Map<string, FunctionImage>;
}

/** The base's image of each function, or why there is none. */
export type BaseImages = ReadonlyMap<string, FunctionImage | UnusableBase>;

/**
 * Before anything of the head is built, so that nothing of the head can keep the base from being built. Empty where nothing is
 * compared with a base that runs beside the head.
 */
export async function buildBase(
  config: Config,
  revisions: Revisions | null,
  parts: ImageParts,
  budget: TimeBudget,
  env: Env,
): Promise<BaseImages> {
  const images = new Map<string, FunctionImage | UnusableBase>();
  const base = revisions?.base ?? null;
  if (revisions === null || base === null || config.compare === 'none' || config.compare === 'stored') return images;
  env.log(`base · ${shortCommit(base.commit)} (${HOW[base.basis]})`);
  for (const fn of config.functions) {
    // What is wrong with the function itself is said by its head, and nothing else of it.
    if (fn.problem !== null) continue;
    const made = await budget.limit(BUILD_SHARE, (signal) =>
      buildBaseImage(fn, config, revisions, parts, { ...env, signal }),
    );
    const image = made === 'over' ? TOO_SHORT : made;
    if ('state' in image) env.log(`base · ${fn.name}: ${describeBase(image)}`);
    images.set(fn.name, image);
  }
  return images;
}

interface JoinOptions {
  start: TryBase;
  /** The job that decides cannot know whether two images are the same, so the base is measured all the same. */
  isMeasuredAnyway: boolean;
}

/**
 * Which of the base's images run beside the head's. Each of these is started once before any instance of the head, so that it
 * is known what of its failures is its own.
 * @returns null where there is no base
 */
export async function joinBase(
  bases: BaseImages,
  built: BuiltFunction[],
  revisions: Revisions | null,
  options: JoinOptions,
  budget: TimeBudget,
  env: Env,
): Promise<BuiltBase | null> {
  const base = revisions?.base ?? null;
  if (revisions === null || base === null || bases.size === 0) return null;
  const functions: Record<string, BaseOfFunction> = {};
  const images = new Map<string, FunctionImage>();
  for (const { config: fn, image: head } of built) {
    const image = bases.get(fn.name);
    if (image === undefined) continue;
    const compared =
      'state' in image ? image : await budget.limit(1, () => compareImages(fn, head, image, base, options, env));
    const state = compared === 'over' ? TOO_SHORT : compared;
    if (state.state === 'beside') images.set(fn.name, image as FunctionImage);
    functions[fn.name] = state;
    if (!('state' in image)) env.log(`base · ${fn.name}: ${describeBase(state)}`);
  }
  return { change: { head: revisions.head, base: base.commit, basis: base.basis, functions }, images };
}

/** That is the run's doing and not the base's, so it excuses nothing. */
const TOO_SHORT: UnusableBase = { state: 'not-built', reason: 'the run’s time budget is too short for it' };

const HOW: Record<ChangeUnderTest['basis'], string> = {
  'merge-parent': 'first parent of the merge commit under test',
  'merge-base': 'the merge base of the change and its base',
  given: 'as given',
};

async function compareImages(
  fn: FunctionConfig,
  head: FunctionImage | null,
  image: FunctionImage,
  base: ComparisonBase,
  { start, isMeasuredAnyway }: JoinOptions,
  env: Pick<Env, 'cacheDir'>,
): Promise<BaseOfFunction> {
  const { digest } = image;
  // Where the head cannot be built there is nothing to run beside it.
  if (head === null) return { state: 'beside', digest };
  if (digest === head.digest && !isMeasuredAnyway) return { state: 'same-image', digest };
  const problem = await start(fn, image);
  return problem === null
    ? { state: 'beside', digest }
    : describeUnusable('not-running', problem, base, hasRoom(env.cacheDir));
}

const describeBase = (base: BaseOfFunction): string => {
  if (!('digest' in base)) return `not measured: ${base.reason}`;
  const digest = shortDigest(base.digest);
  return base.state === 'same-image'
    ? `${digest}, the same image as the head's: not measured twice`
    : `${digest}, measured beside the head`;
};

/**
 * What is wrong with a base is its own where the head had no part in it: there is room on the disk, which earlier builds of
 * the head may have filled, and the base is not a commit that the head has chosen by where it branched off.
 */
function describeUnusable(
  state: UnusableBase['state'],
  reason: string,
  { isTip }: ComparisonBase,
  isRoomy: boolean,
): UnusableBase {
  if (!isRoomy) return { state, reason: `${reason}; there is hardly any room left on the disk` };
  if (!isTip)
    return {
      state,
      reason: `${reason}; this base is older than its branch: rebase the change, or merge the base branch into it`,
    };
  return { state, reason, own: true };
}

/** The base's own files are wrong, or its build failed. */
const BLAMED_ON_BASE = [BadInputError, InstanceError];
/** The machine lacks something, or the base's files could not be fetched. */
const BLAMED_ON_OTHERS = [NotMeasurableError, GitError];

async function buildBaseImage(
  fn: FunctionConfig,
  { resources, workspace }: Config,
  revisions: Revisions,
  parts: ImageParts,
  env: Env,
): Promise<FunctionImage | UnusableBase> {
  env.signal.throwIfAborted();
  const hadRoom = hasRoom(env.cacheDir);
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
    if (revisions.base !== null && BLAMED_ON_BASE.some((kind) => error instanceof kind))
      return describeUnusable('not-built', messageOf(error), revisions.base, hadRoom && hasRoom(env.cacheDir));
    if (isDiskFull(error) || BLAMED_ON_OTHERS.some((kind) => error instanceof kind))
      return { state: 'not-built', reason: messageOf(error) };
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
