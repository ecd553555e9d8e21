/** The configuration and the waivers that decide, and the lines of the change's own files that a verdict points to. */

import { realpathSync } from 'node:fs';
import { join, posix } from 'node:path';
import { readGateName } from '../config/gate-name.ts';
import { findHandlerLine, indexLimitLines } from '../config/source-lines.ts';
import { parseWaivers, WAIVERS_FILE } from '../config/waivers.ts';
import type { Revisions } from '../git/open-revisions.ts';
import { readBlob } from '../git/read-object.ts';
import type { EventContext } from '../github/read-event.ts';
import { readBounded } from '../lib/read-bounded.ts';
import type { Config, Waiver } from '../model/config.ts';
import type { GitReader } from '../model/git.ts';
import type { SourcePlaces } from '../report/annotations.ts';
import { type BaseConfig, readBaseConfig } from './base-config.ts';
import { chooseWaivers } from './base-waivers.ts';

const MAX_FILE_BYTES = 256 * 1024;

/** Reads a file of the change by its path below the top of the repository; null where there is none that may be shown. */
export type ReadHeadFile = (path: string) => Promise<string | null>;

/** From the checkout; nothing that a symbolic link leads to. */
export const readFromCheckout =
  (workspace: string): ReadHeadFile =>
  async (file) => {
    const path = join(workspace, file);
    try {
      return realpathSync(path) === path ? readBounded(path, MAX_FILE_BYTES, file) : null;
    } catch {
      return null;
    }
  };

/** From a commit, where nothing of the change is checked out. */
export const readFromCommit =
  (git: GitReader, commit: string): ReadHeadFile =>
  async (file) => {
    const text = await readBlob(git, commit, file).catch(() => null);
    return text !== null && text.length <= MAX_FILE_BYTES ? text : null;
  };

export interface TrustedConfig extends BaseConfig {
  /** Name of the gate that decides. */
  gate: string;
  /** Null: those of the checkout decide. */
  waivers: Waiver[] | null;
  /** The text of the configuration that decides: the base's, or the change's own; null where there is none. */
  decidingText: string | null;
}

/**
 * Where a change is judged, the configuration and the waivers of its base; what the change would do to them is warned of.
 * @param configFile below the top of the repository
 * @throws NotMeasurableError where the base cannot be read
 * @throws BadInputError where the change's own waivers cannot be read
 */
export async function readTrustedConfig(
  base: GitReader,
  head: ReadHeadFile,
  context: EventContext,
  configFile: string,
  branchTip: Revisions['branchTip'],
): Promise<TrustedConfig> {
  const headText = await head(configFile);
  const config = await readBaseConfig(base, context, configFile, headText, branchTip);
  const decidingText = config.text ?? headText;
  const gate = readGateName(decidingText, configFile);
  if (config.text === null || config.base === null) return { ...config, gate, decidingText, waivers: null };
  const text = await readBlob(base, config.base, WAIVERS_FILE);
  const parse = (yaml: string): Waiver[] => parseWaivers(yaml, WAIVERS_FILE, gate);
  const { waivers, warnings } = chooseWaivers(text, await head(WAIVERS_FILE), parse);
  return { ...config, gate, decidingText, waivers, warnings: [...config.warnings, ...warnings] };
}

/** Lines of the change's own files, because these are what its reader sees. */
export async function findSourcePlaces(
  head: ReadHeadFile,
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
