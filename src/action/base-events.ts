/**
 * The events of the base, which functions are called with: a pull request could have its function asked something easier, or
 * the base's fail.
 */

import { join, relative } from 'node:path';
import { stringify } from 'yaml';
import { loadConfig } from '../config/load-config.ts';
import { parseYaml } from '../config/parse-yaml.ts';
import type { Revisions } from '../git/open-revisions.ts';
import { messageOf, NotMeasurableError } from '../model/errors.ts';

export interface BaseEvents {
  /** Absolute paths by function. */
  events: Record<string, string[]>;
  /** Why the events of a function cannot be had. It is not measured: its own events do not decide. */
  problems: Record<string, string>;
}

/**
 * @param text the base's configuration, which decides; null where the change's own does
 * @returns null where the functions' own events are used
 * @throws NotMeasurableError where the base is not known, or its files cannot be had
 */
export async function readBaseEvents(
  { base, problem, baseTree }: Revisions,
  configPath: string,
  workspace: string,
  text: string | null,
): Promise<BaseEvents | null> {
  if (text === null) return null;
  if (base === null)
    throw new NotMeasurableError(
      `the base that this change is measured against could not be found: ${problem ?? 'there is none'}`,
    );
  const eventsAlone = keepEvents(text);
  // What is wrong with the rest of it is said where it is read as a whole.
  if (eventsAlone === null) return null;
  const tree = await baseTree().catch((error: unknown) => {
    throw new NotMeasurableError(`the files of the base could not be had: ${messageOf(error)}`, { cause: error });
  });
  const configOnBase = join(tree, relative(workspace, configPath));
  const { functions } = await loadConfig(configOnBase, { text: eventsAlone, workspace: tree, waivers: [] }).catch(
    (error: unknown) => {
      throw new NotMeasurableError(tellMissing(messageOf(error)), { cause: error });
    },
  );
  const hint = base.isTip ? '' : '; this base is older than its branch: rebase the change';
  return {
    events: Object.fromEntries(functions.flatMap((fn) => (fn.problem === null ? [[fn.name, fn.events]] : []))),
    problems: Object.fromEntries(
      functions.flatMap(({ name, problem: why }) => (why === null ? [] : [[name, tellMissing(why) + hint]])),
    ),
  };
}

const tellMissing = (why: string): string =>
  `the base’s events could not be read, and a change’s own events do not decide: ${why}`;

/** The configuration with nothing of its functions but their events; null where it is none. */
function keepEvents(text: string): string | null {
  try {
    const { value } = parseYaml(text, 'isogate.yml');
    const functions = Object.entries(Object(Object(value)['functions'])).map(([name, settings]) => {
      const { events } = Object(settings) as { events?: unknown };
      return [name, { command: ['true'], ...(events !== undefined && { events }) }];
    });
    return functions.length === 0
      ? null
      : stringify({ functions: Object.fromEntries(functions), isolations: { native: {} } });
  } catch {
    return null;
  }
}
