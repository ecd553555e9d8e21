/** The image of every function. One that cannot be built is that function's failure, not the run's. */

import { dirname, isAbsolute, resolve } from 'node:path';
import { isBranchStore } from '../baseline/open-store.ts';
import { isInside } from '../config/workspace.ts';
import { buildImage } from '../image/build-image.ts';
import { isDiskFull } from '../lib/has-room.ts';
import { fileErrorText } from '../lib/read-bounded.ts';
import { shortDigest } from '../lib/text.ts';
import type { Config, FunctionConfig } from '../model/config.ts';
import type { Env } from '../model/env.ts';
import { BadInputError, InstanceError, messageOf, NotMeasurableError } from '../model/errors.ts';
import type { FunctionImage, GuestKernel, ImageRuntime } from '../model/image.ts';
import type { TimeBudget } from './time-budget.ts';

export type BuiltFunction =
  | { config: FunctionConfig; image: FunctionImage; failure: null; isCutOff?: never }
  | { config: FunctionConfig; image: null; failure: InstanceError; isCutOff?: never }
  /** The time budget of the run ended its build. */
  | { config: FunctionConfig; image: null; failure: null; isCutOff: true };

/** What all images of a run are built with. */
export interface ImageParts {
  /** Null where no VM is asked for. */
  kernel: GuestKernel | null;
  /** Absolute paths that are no part of any function, although they may be in its directory. */
  leaveOut: readonly string[];
}

/**
 * One build may take half of the time that the run has left, so that other functions are measured; a single function's all of
 * it.
 * @param env its signal is that of the budget
 */
export async function buildImages(
  config: Config,
  parts: ImageParts,
  budget: TimeBudget,
  env: Env,
): Promise<BuiltFunction[]> {
  const built: BuiltFunction[] = [];
  const share = config.functions.length > 1 ? BUILD_SHARE : 1;
  for (const fn of config.functions) {
    const image = await budget.limit(share, (signal) => buildFunctionImage(fn, config, parts, { ...env, signal }));
    if (image === 'over') env.log(`image · ${fn.name}: not built, because the run’s time budget is too short`);
    built.push(image === 'over' ? { config: fn, image: null, failure: null, isCutOff: true } : image);
  }
  return built;
}

/** Of the time that is left: the most that one build of several may take. */
export const BUILD_SHARE = 0.5;

async function buildFunctionImage(
  fn: FunctionConfig,
  { resources, workspace }: Config,
  parts: ImageParts,
  env: Env,
): Promise<BuiltFunction> {
  env.signal.throwIfAborted();
  try {
    if (fn.problem !== null) throw new InstanceError('start-failed', 'start', fn.problem);
    const image = await buildImage({ ...env, ...parts, boundary: workspace, function: fn, resources });
    env.log(`image · ${fn.name}: ${shortDigest(image.digest)}, ${describeRuntime(image.runtime)}`);
    return { config: fn, image, failure: null };
  } catch (error) {
    env.signal.throwIfAborted();
    const failure = asFunctionFailure(error, fn);
    if (failure === null) throw error;
    env.log(`image · ${fn.name}: ${failure.message}`);
    return { config: fn, image: null, failure };
  }
}

/**
 * Null for what stops all functions, such as a machine that lacks a tool which every image of ours is made with. What is
 * wrong with a function's files or its program is that function's.
 */
function asFunctionFailure(error: unknown, fn: FunctionConfig): InstanceError | null {
  if (error instanceof InstanceError) return error;
  if (isDiskFull(error))
    return new InstanceError(
      'start-failed',
      'start',
      `functions.${fn.name}: its image does not fit on the disk (${messageOf(error)}); make room, or build less`,
      { cause: error },
    );
  const file = fileOfError(error);
  if (file !== null && isInside(fn.directory, file))
    return new InstanceError('start-failed', 'start', `functions.${fn.name}: ${file}: ${fileErrorText(error)}`, {
      cause: error,
    });
  const isOfItsSource = error instanceof NotMeasurableError && fn.image.kind !== 'host';
  return isOfItsSource || error instanceof BadInputError
    ? new InstanceError('start-failed', 'start', error.message, { cause: error })
    : null;
}

/** The path that a call of the file system failed for, null for every other error. */
const fileOfError = (error: unknown): string | null => {
  const { errno, path } = (error ?? {}) as NodeJS.ErrnoException;
  return errno !== undefined && path !== undefined && isAbsolute(path) ? path : null;
};

/** `python 3.11.7 (/usr/bin/python3.11)`: a machine may have several. */
export const describeRuntime = ({ name, version, interpreter }: ImageRuntime): string =>
  `${name} ${version}${interpreter === undefined ? '' : ` (${interpreter})`}`;

/** Versions of the language runtimes, for the fingerprint. */
export const listRuntimes = (built: BuiltFunction[]): Record<string, string> =>
  Object.fromEntries(built.flatMap(({ image }) => (image ? [[image.runtime.name, image.runtime.version]] : [])));

/**
 * The directories that the run itself writes and reads, as absolute paths: with them in it, an image would be another one
 * at each run. Samples that are carried on lie where the earlier attempt wrote, so their directory was left out then too.
 */
export const listOwnDirectories = (
  outDir: string,
  baseline: string | null,
  continueFrom: string | null = null,
): string[] =>
  [outDir, baseline !== null && !isBranchStore(baseline) ? baseline : null, continueFrom && dirname(continueFrom)]
    .filter((path) => path !== null)
    .map((path) => resolve(path));
