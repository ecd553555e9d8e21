import { loadConfig } from '../config/load-config.ts';
import { refuseWithoutFunctions } from '../config/parse-config.ts';
import { MAX_TIME_FACTOR } from '../config/resolve-measure.ts';
import type { Config, Waiver } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import { type RunnerEnv, takeFromRunner } from './runner-env.ts';

/** Where the configuration of a run comes from, and what replaces parts of it. */
export interface ConfigSource {
  configPath: string;
  /** The base revision's configuration, in place of the file's text; its paths stay relative to `configPath`. */
  configText?: string;
  /** The base revision's waivers, in place of the working tree's. */
  waivers?: Waiver[];
  /** The base revision's events by function, as absolute paths, in place of the functions' own. */
  events?: Record<string, string[]>;
  /** Why those of a function cannot be had, so that it is not measured. */
  problems?: Record<string, string>;
  /** The directory that the paths of the configuration may not leave; by default the git top level that contains it. */
  workspace?: string;
  /** Only these functions; null for all. */
  functions: string[] | null;
  /** Overrides measure.time. */
  timeMs: number | null;
  /** Where the values of `env.from_runner` come from. */
  runner: RunnerEnv;
}

/** @throws BadInputError */
export async function readGateConfig(source: ConfigSource): Promise<Config> {
  const { configPath, configText: text, workspace, waivers } = source;
  const config = await loadConfig(configPath, {
    ...(text !== undefined && { text }),
    ...(workspace !== undefined && { workspace }),
    ...(waivers !== undefined && { waivers }),
  });
  const names = config.functions.map(({ name }) => name);
  const unknown = source.functions?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new BadInputError(`${unknown}: no such function in ${configPath}; accepted: ${names.join(', ')}`);
  const events = new Map(Object.entries(source.events ?? {}));
  const problems = new Map(Object.entries(source.problems ?? {}));
  const functions = config.functions.map((fn) =>
    takeFromRunner(
      { ...fn, events: events.get(fn.name) ?? fn.events, problem: fn.problem ?? problems.get(fn.name) ?? null },
      source.runner,
      configPath,
    ),
  );
  const restricted = restrictConfig({ ...config, functions }, source);
  refuseWithoutFunctions(restricted.functions);
  return restricted;
}

/** A cap in the file holds for another target as well, unless the target is above it. */
const chooseMaxTime = ({ document, measure }: Config, timeMs: number): number =>
  (document['measure'] as Record<string, unknown>)['max_time'] === undefined
    ? MAX_TIME_FACTOR * timeMs
    : Math.max(measure.maxTimeMs, timeMs);

/** The document goes into the header of the samples and holds only what runs, so that a replay decides as this run did. */
function restrictConfig(config: Config, { functions, timeMs }: ConfigSource): Config {
  const kept = config.functions.filter(({ name }) => functions?.includes(name) ?? true);
  const { document } = config;
  const documents = document['functions'] as Record<string, unknown>;
  const measure = document['measure'] as Record<string, unknown>;
  const names = new Set(kept.map(({ name }) => name));
  return {
    ...config,
    functions: kept,
    // A waiver of a function that does not exist stays, so that the report can warn of it.
    waivers: config.waivers.filter((one) => names.has(one.function) || !Object.hasOwn(documents, one.function)),
    measure: { ...config.measure, ...(timeMs !== null && { timeMs, maxTimeMs: chooseMaxTime(config, timeMs) }) },
    document: {
      ...document,
      functions: Object.fromEntries(kept.map(({ name }) => [name, documents[name]])),
      measure: { ...measure, ...(timeMs !== null && { time: `${timeMs}ms` }) },
    },
  };
}
