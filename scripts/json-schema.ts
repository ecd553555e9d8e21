import { toJsonSchema } from '@valibot/to-json-schema';
import { configSchema } from '../src/config/schema.ts';

/** Text of docs/reference/isogate.schema.json: the JSON Schema (draft 7) of isogate.yml, for editors. */
export const jsonSchemaText = (): string => {
  const { $schema, ...rest } = toJsonSchema(configSchema, { typeMode: 'input' });
  const head = { $schema, $id: 'isogate.schema.json', title: 'isogate.yml: configuration of Isogate' };
  return `${JSON.stringify({ ...head, ...rest }, null, 2)}\n`;
};
