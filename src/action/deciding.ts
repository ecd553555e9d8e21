/** Flow part: the configuration and the waivers that decide, and where in them and in the code things stand. */

import { realpathSync } from 'node:fs';
import { join, posix } from 'node:path';
import { readGateName } from '../config/load-config.ts';
import { findHandlerLine, indexLimitLines } from '../config/source-lines.ts';
import { parseWaivers, WAIVERS_FILE } from '../config/waivers.ts';
import { readBlob } from '../git/read-object.ts';
import type { EventContext } from '../github/read-event.ts';
import { readBounded } from '../lib/read-bounded.ts';
import type { Config, Waiver } from '../model/config.ts';
import type { GitReader } from '../model/git.ts';
import type { SourcePlaces } from '../report/annotations.ts';
import { type DecidingConfig, readDecidingConfig } from './base-config.ts';
import { decidingWaivers } from './base-waivers.ts';

const MAX_FILE_BYTES = 256 * 1024;

/** A file of the change's own, below the repository's top; null where there is none that may be shown. */
export type HeadFiles = (path: string) => Promise<string | null>;

/** Of the checkout; nothing that a symbolic link leads to. */
export const checkoutFiles =
  (workspace: string): HeadFiles =>
  async (file) => {
    const path = join(workspace, file);
    try {
      return realpathSync(path) === path ? readBounded(path, MAX_FILE_BYTES, file) : null;
    } catch {
      return null;
    }
  };

/** Of a commit, where there is no checkout. */
export const commitFiles =
  (git: GitReader, commit: string): HeadFiles =>
  async (file) => {
    const text = await readBlob(git, commit, file).catch(() => null);
    return text !== null && text.length <= MAX_FILE_BYTES ? text : null;
  };

export interface Deciding extends DecidingConfig {
  /** Name of the gate that decides. */
  gate: string;
  /** Null: those of the checkout. */
  waivers: Waiver[] | null;
}

/**
 * The base's, where a change is judged; what the change makes of them stands in the warnings.
 * @param configFile below the repository's top
 * @throws NotMeasurableError where the base cannot be read
 * @throws BadInputError where the change's own waivers cannot be
 */
export async function readDeciding(
  base: GitReader,
  head: HeadFiles,
  context: EventContext,
  configFile: string,
): Promise<Deciding> {
  const headText = await head(configFile);
  const config = await readDecidingConfig(base, context, configFile, headText);
  const gate = readGateName(config.text ?? headText);
  if (config.text === null || config.base === null) return { ...config, gate, waivers: null };
  const text = await readBlob(base, config.base, WAIVERS_FILE);
  const parse = (yaml: string): Waiver[] => parseWaivers(yaml, WAIVERS_FILE, gate);
  const decided = decidingWaivers(text, await head(WAIVERS_FILE), parse);
  return { ...config, gate, waivers: decided.waivers, warnings: [...config.warnings, ...decided.warnings] };
}

/** Lines of the change's own files: those that its reader has before them. */
export async function sourcePlaces(
  head: HeadFiles,
  configFile: string,
  { functions, document }: Pick<Config, 'functions' | 'document'>,
): Promise<SourcePlaces> {
  const lineOf = indexLimitLines((await head(configFile)) ?? '');
  const handlers = new Map<string, { path: string; line: number }>();
  for (const { name, runtime, handler } of functions) {
    if (handler === null) continue;
    const { directory = '.' } = Object(Object(document['functions'])[name]) as { directory?: string };
    const path = posix.join(posix.dirname(configFile), directory, handler.file);
    const source = path.startsWith('..') ? null : await head(path);
    if (source !== null) handlers.set(name, { path, line: findHandlerLine(source, runtime, handler.export) });
  }
  return {
    limitOf: (comparison) => ({ path: configFile, line: lineOf(comparison) ?? 1 }),
    handlerOf: (name) => handlers.get(name) ?? null,
  };
}
