/** The values of `env.from_runner`: they are taken here, and nowhere else. */

import { oneLine } from '../lib/text.ts';
import type { FunctionConfig } from '../model/config.ts';

interface GivenEnv {
  /** Null where the name is not set. */
  lookUp: (name: string) => string | null;
}

export type RunnerEnv =
  | GivenEnv
  /** Why no value is given, as the end of a sentence. */
  | { withheld: string };

/** Together with their names, below the 64 KiB that the agent reads. */
const MAX_BYTES = 32 * 1024;

/** The function with the values that it names; where one cannot be had, that is the function's problem alone. */
export function takeFromRunner(fn: FunctionConfig, runner: RunnerEnv, configPath: string): FunctionConfig {
  const { fromRunner } = fn.env;
  if (fromRunner.length === 0 || fn.problem !== null) return fn;
  const fail = (message: string): FunctionConfig => ({
    ...fn,
    problem: `${oneLine(configPath)}: functions.${fn.name}.env.from_runner: ${message}`,
  });
  if ('withheld' in runner) return fail(`${fromRunner.join(', ')}: not given, because ${runner.withheld}`);
  const taken: Record<string, string> = {};
  for (const name of fromRunner) {
    const value = runner.lookUp(name);
    if (value === null)
      return fail(`${name} is not set where Isogate runs; set it there (env: of the step), or remove it`);
    taken[name] = value;
  }
  const bytes = Buffer.byteLength(Object.entries(taken).flat().join(''));
  if (bytes > MAX_BYTES) return fail(`${bytes} bytes together; accepted: at most ${MAX_BYTES / 1024} KiB`);
  return { ...fn, env: { ...fn.env, taken } };
}

export const fromEnvironment = (env: NodeJS.ProcessEnv): GivenEnv => ({ lookUp: (name) => env[name] ?? null });
