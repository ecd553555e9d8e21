/** Flow part: the effective configuration of one run. */

import { loadConfig } from '../config/load-config.ts';
import type { Config, Waiver } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';

export interface ConfigSource {
  configPath: string;
  /** Decides instead of the file's text; paths stay relative to `configPath` (the base revision's configuration). */
  configText?: string;
  /** Decide instead of the working tree's (the base revision's). */
  waivers?: Waiver[];
  /** By function: these in the place of its own; absolute paths (the base revision's). */
  events?: Record<string, string[]>;
  /** What the config's paths may not leave; left out: the git top level that contains it. */
  workspace?: string;
  /** Only these functions; null for all. */
  functions: string[] | null;
  /** Overrides measure.time. */
  timeMs: number | null;
}

/** @throws BadInputError */
export async function gateConfig(source: ConfigSource): Promise<Config> {
  const { configPath, configText, workspace, waivers } = source;
  const config = await loadConfig(configPath, {
    ...(configText !== undefined && { text: configText }),
    ...(workspace !== undefined && { workspace }),
    ...(waivers !== undefined && { waivers }),
  });
  const events = new Map(Object.entries(source.events ?? {}));
  const functions = config.functions.map((fn) => ({ ...fn, events: events.get(fn.name) ?? fn.events }));
  const names = functions.map(({ name }) => name);
  const unknown = source.functions?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new BadInputError(`${unknown}: no such function in ${source.configPath}; accepted: ${names.join(', ')}`);
  return restrict({ ...config, functions }, source);
}

/** What the header of the samples says is what ran: a replay of it decides as this run did. */
function restrict(config: Config, { functions, timeMs }: ConfigSource): Config {
  const kept = config.functions.filter(({ name }) => functions?.includes(name) ?? true);
  const { document } = config;
  const documents = document['functions'] as Record<string, unknown>;
  const measure = document['measure'] as Record<string, unknown>;
  const names = new Set(kept.map(({ name }) => name));
  return {
    ...config,
    functions: kept,
    // One that names no function at all is still told of.
    waivers: config.waivers.filter((one) => names.has(one.function) || !Object.hasOwn(documents, one.function)),
    measure: { ...config.measure, ...(timeMs !== null && { timeMs }) },
    document: {
      ...document,
      functions: Object.fromEntries(kept.map(({ name }) => [name, documents[name]])),
      measure: { ...measure, ...(timeMs !== null && { time: `${timeMs}ms` }) },
    },
  };
}
