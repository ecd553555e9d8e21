import type { IsolationConfig, MeasureConfig } from '../model/config.ts';
import { hideEnvValues } from './env.ts';
import type { ConfigDocument } from './schema.ts';
import { type IsolationDocument, keysOfType } from './schema-isolation.ts';

const isolationDocument = (
  isolation: IsolationConfig,
  kernel: IsolationDocument['kernel'],
): Record<string, unknown> => {
  const values = { ...isolation, runtime: isolation.runtime ?? undefined, kernel };
  const own = keysOfType(isolation.type).map((key) => [key, values[key]]);
  return { type: isolation.type, required: isolation.required ?? undefined, ...Object.fromEntries(own) };
};

/**
 * The document with every default filled in, in the shape of isogate.yml, with the user's own texts and relative paths.
 * Parsing it again gives the same document. Keys without a value are left out, because JSON drops undefined.
 */
export const effectiveDocument = (
  document: ConfigDocument,
  isolations: IsolationConfig[],
  measure: MeasureConfig,
): Record<string, unknown> =>
  JSON.parse(
    JSON.stringify(
      hideEnvValues({
        ...document,
        functions: Object.fromEntries(
          Object.entries(document.functions).map(([name, settings]) => [
            name,
            { ...settings, events: typeof settings.events === 'string' ? [settings.events] : settings.events },
          ]),
        ),
        isolations: Object.fromEntries(
          isolations.map((isolation) => [
            isolation.name,
            isolationDocument(isolation, document.isolations[isolation.name]?.kernel),
          ]),
        ),
        measure: { ...document.measure, invocations: measure.invocations },
      }),
    ),
  );
