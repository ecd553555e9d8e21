import * as v from 'valibot';
import { closed } from './leaf.ts';
import { explainFloor, FLOOR_PATTERNS, type FloorPart } from './parse-floor.ts';

const partSchema = (part: FloorPart, ifAbsent: string, description: string) => {
  const message = (issue: { input: unknown }) => explainFloor(issue.input, part);
  return v.pipe(
    v.optional(v.pipe(v.string(message), v.regex(FLOOR_PATTERNS[part], message)), ifAbsent),
    v.description(description),
  );
};

/** Text here, as limits are; `parseFloor` gives its meaning. */
export const floorSchema = v.pipe(
  v.optional(
    closed({
      share: partSchema('share', '+1%', 'Of any metric: a percentage of the cost itself (+1%).'),
      time: partSchema('time', '+20us', 'Of times: an amount (+20us, +1ms).'),
      memory: partSchema('memory', '+256KiB', 'Of memory: an amount (+256KiB, +1MB).'),
    }),
    {},
  ),
  v.description('Growth that must be exceeded, in share and amount, whatever the limit: below it is a trifle.'),
);
