import * as v from 'valibot';
import type { BaselinePin } from '../model/baseline.ts';
import { acceptanceEntries, runEntries } from '../samples/record-schema.ts';

const { gate, runId, attempt, commit } = runEntries;
const pinSchema = v.object({
  schema: v.literal('isogate.pin/1'),
  ...{ gate, runId, attempt, commit },
  ...acceptanceEntries,
});

/** One pin from untrusted data. @throws Error where it is none */
export const parsePin = (data: unknown): BaselinePin => v.parse(pinSchema, data);
