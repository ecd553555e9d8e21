import { isDeepStrictEqual } from 'node:util';
import type { Waiver } from '../model/config.ts';
import { messageOf } from '../model/errors.ts';
import type { Warning } from '../model/warnings.ts';

export interface DecidingWaivers {
  waivers: Waiver[];
  warnings: Warning[];
}

type Parse = (text: string) => Waiver[];

const show = ({ function: name, isolation, metric, kind, limit }: Waiver): string =>
  `${name} under ${isolation}, ${metric.replaceAll('_', ' ')} ${kind}, ${limit.text}`;

const has = (waivers: Waiver[], waiver: Waiver): boolean => waivers.some((one) => isDeepStrictEqual(one, waiver));

/**
 * On a pull request the base's waivers decide: a change cannot waive its own regression. What it adds counts once it is on
 * the base; what it removes or replaces is marked, so that the change that mends a bad one is not red because of it.
 * @param base text on the base, null where it has none @param head the same of the change
 * @throws BadInputError where the change's own file cannot be read: it would break the next run
 */
export function decidingWaivers(base: string | null, head: string | null, parse: Parse): DecidingWaivers {
  const proposed = head === null ? [] : parse(head);
  const { waivers, problem } = tryParse(base, parse);
  const added = proposed.filter((one) => !has(waivers, one));
  const marked = waivers.map((one): Waiver => (has(proposed, one) ? one : { ...one, leaving: true }));
  return {
    waivers: marked,
    warnings: [
      ...(problem === null
        ? []
        : [
            {
              code: 'waivers-malformed',
              message: `the base’s waivers cannot be read, so none is in force: ${problem}`,
            },
          ]),
      ...added.map((one) => ({
        code: 'waiver-proposed',
        message: `this change adds a waiver (${show(one)}, by ${one.owner}, until ${one.expires}): it is not in force here, and counts once it is on the base`,
      })),
    ],
  };
}

function tryParse(text: string | null, parse: Parse): { waivers: Waiver[]; problem: string | null } {
  try {
    return { waivers: text === null ? [] : parse(text), problem: null };
  } catch (error) {
    return { waivers: [], problem: messageOf(error) };
  }
}
