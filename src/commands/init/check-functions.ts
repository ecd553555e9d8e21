import { loadConfig } from '../../config/load-config.ts';
import { messageOf } from '../../model/errors.ts';
import type { FoundFunction, Note } from './found-function.ts';
import { renderConfig } from './render-config.ts';

/**
 * The functions of which a configuration loads, each tried alone. Events that `init` is yet to write are left out of the
 * trial.
 * @param config path of the file that is to be written
 */
export const checkFunctions = async (
  config: string,
  functions: FoundFunction[],
): Promise<{ functions: FoundFunction[]; notes: Note[] }> => {
  const loading: FoundFunction[] = [];
  const notes: Note[] = [];
  for (const found of functions) {
    const written = new Set(found.newFiles.map(({ path }) => path));
    const tried = { ...found, events: found.events.filter((path) => !written.has(path)) };
    try {
      await loadConfig(config, { text: renderConfig([tried]) });
      loading.push(found);
    } catch (error) {
      notes.push({ place: found.place, text: `${found.name}: left out, as it does not load: ${messageOf(error)}` });
    }
  }
  return { functions: loading, notes };
};
