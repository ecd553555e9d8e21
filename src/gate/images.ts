/** Flow part: the image of every function; one that cannot be built is that function's failure, not the run's. */

import { buildImage } from '../image/build-image.ts';
import { shortDigest } from '../lib/text.ts';
import type { Config, FunctionConfig } from '../model/config.ts';
import { InstanceError, NotMeasurableError } from '../model/errors.ts';
import type { FunctionImage, GuestKernel } from '../model/image.ts';

export type BuiltFunction =
  | { config: FunctionConfig; image: FunctionImage; failure: null }
  | { config: FunctionConfig; image: null; failure: InstanceError };

export interface BuildOptions {
  cacheDir: string;
  guestDir: string;
  log: (line: string) => void;
  /** Aborted: the build that runs ends at once, and the signal's reason is thrown. */
  signal?: AbortSignal;
  /** Absolute paths: what the run itself writes and reads, which is no part of any function. */
  leaveOut?: readonly string[];
}

export async function buildImages(
  config: Config,
  kernel: GuestKernel | null,
  options: BuildOptions,
): Promise<BuiltFunction[]> {
  const built: BuiltFunction[] = [];
  for (const fn of config.functions) built.push(await buildOne(fn, config, kernel, options));
  return built;
}

async function buildOne(
  fn: FunctionConfig,
  { resources }: Config,
  kernel: GuestKernel | null,
  { cacheDir, guestDir, log, signal, leaveOut }: BuildOptions,
): Promise<BuiltFunction> {
  signal?.throwIfAborted();
  try {
    const image = await buildImage({ function: fn, resources, cacheDir, guestDir, kernel, log, signal, leaveOut });
    log(`image · ${fn.name}: ${shortDigest(image.digest)}, ${image.runtime.name} ${image.runtime.version}`);
    return { config: fn, image, failure: null };
  } catch (error) {
    const failure = failureOf(error, fn);
    if (failure === null) throw error;
    log(`image · ${fn.name}: ${failure.message}`);
    return { config: fn, image: null, failure };
  }
}

/** Null for what concerns all functions: what the machine lacks to make any image of its own. */
function failureOf(error: unknown, fn: FunctionConfig): InstanceError | null {
  if (error instanceof InstanceError) return error;
  const ofItsSource = error instanceof NotMeasurableError && fn.image.kind !== 'host';
  return ofItsSource ? new InstanceError('start-failed', 'start', error.message, { cause: error }) : null;
}

/** Language runtimes for the fingerprint. */
export const runtimeVersions = (built: BuiltFunction[]): Record<string, string> =>
  Object.fromEntries(built.flatMap(({ image }) => (image ? [[image.runtime.name, image.runtime.version]] : [])));
