import * as v from 'valibot';
import type { RegressionFloor } from '../model/config.ts';
import { closed } from './leaf.ts';
import { BYTES_BY_UNIT, MS_BY_UNIT, NUMBER, readUnit, SIZE_UNITS } from './parse-quantity.ts';
import { show } from './problems.ts';

type FloorPart = 'share' | 'time' | 'memory';

/** With their sign, as limits are. Zero switches a part off. */
const PATTERNS: Record<FloorPart, RegExp> = {
  share: new RegExp(String.raw`^\+${NUMBER}%$`),
  time: new RegExp(String.raw`^\+${NUMBER}(us|ms|s)$`),
  memory: new RegExp(String.raw`^\+${NUMBER}(${SIZE_UNITS})$`),
};

const FORMS: Record<FloorPart, string> = {
  share: '+1% (+0%: none)',
  time: '+20us, +1ms or +1s (+0us: none)',
  memory: '+256KiB or +1MB (also KB, GB, MiB, GiB; +0KB: none)',
};

const explainPart = (text: string, part: FloorPart): string => {
  const match = /^([+-]?)\d{1,9}(?:\.\d{1,9})?(.*)$/.exec(text);
  if (!match) return 'not a floor';
  const [, sign, unit = ''] = match;
  if (sign === '-') return 'a floor is a growth that is too small to count, so it is never negative';
  if (unit === '') return 'the unit is missing';
  return PATTERNS[part].test(`+${text.replace(/^\+/, '')}`)
    ? 'the sign is missing'
    : `the unit ${show(unit)} does not fit`;
};

/** `"20us": the sign is missing; accepted: …`, for a floor that does not match its pattern. */
const explainFloor = (value: unknown, part: FloorPart): string => {
  const wrong = explainPart(typeof value === 'number' ? `+${value}` : String(value), part);
  return `${show(value)}: ${wrong}; accepted: ${FORMS[part]}`;
};

/** `+1%`, `+20us`, `+256KiB`, which the schema has accepted, as a factor, milliseconds and bytes. */
export const parseFloor = ({ share, time, memory }: Record<FloorPart, string>): RegressionFloor => ({
  // (100 + 1) / 100 is the double nearest to 1.01, as for limits.
  ratio: (100 + Number.parseFloat(share)) / 100,
  timeMs: Number.parseFloat(time) * (MS_BY_UNIT[readUnit(time)] as number),
  memoryBytes: Number.parseFloat(memory) * (BYTES_BY_UNIT[readUnit(memory)] as number),
});

const partSchema = (part: FloorPart, ifAbsent: string, description: string) => {
  const message = (issue: { input: unknown }) => explainFloor(issue.input, part);
  return v.pipe(
    v.optional(v.pipe(v.string(message), v.regex(PATTERNS[part], message)), ifAbsent),
    v.description(description),
  );
};

/** Text in the document, as limits are; `parseFloor` gives its meaning. */
export const floorSchema = v.pipe(
  v.optional(
    closed({
      share: partSchema('share', '+1%', 'Of any metric: a percentage of the cost itself (+1%).'),
      time: partSchema('time', '+20us', 'Of times: an amount (+20us, +1ms).'),
      memory: partSchema('memory', '+256KiB', 'Of memory: an amount (+256KiB, +1MB).'),
    }),
    {},
  ),
  v.description(
    'Minimum effect: growth that does not exceed both the share and the amount is no regression, whatever the limit is.',
  ),
);
