import { isDeepStrictEqual } from 'node:util';
import type { Waiver } from '../model/config.ts';
import { messageOf } from '../model/errors.ts';
import type { Warning } from '../model/warnings.ts';

interface ChosenWaivers {
  waivers: Waiver[];
  warnings: Warning[];
}

type Parse = (text: string) => Waiver[];

/**
 * On a pull request the base's waivers decide, because a change must not waive its own regression. A waiver that it adds
 * counts once it is on the base. A waiver that it removes or replaces is marked, so that the change which mends a bad waiver
 * does not fail because of it.
 * @param base text of the file on the base, null where it has none @param head the same of the change
 * @throws BadInputError where the change's own file cannot be read, which would break the next run
 */
export function chooseWaivers(base: string | null, head: string | null, parse: Parse): ChosenWaivers {
  const proposed = head === null ? [] : parse(head);
  const { waivers, warnings } = parseBase(base, parse);
  const added = proposed.filter((one) => !has(waivers, one));
  return {
    waivers: waivers.map((one): Waiver => (has(proposed, one) ? one : { ...one, leaving: true })),
    warnings: [
      ...warnings,
      ...added.map((one) => ({
        code: 'waiver-proposed',
        message: `this change adds a waiver (${describe(one)}): it is not in force here, and counts once it is on the base`,
      })),
    ],
  };
}

const has = (waivers: Waiver[], waiver: Waiver): boolean => waivers.some((one) => isDeepStrictEqual(one, waiver));

const describe = ({ function: name, isolation, metric, kind, limit, owner, expires }: Waiver): string =>
  `${name} under ${isolation}, ${metric.replaceAll('_', ' ')} ${kind}, ${limit.text}, by ${owner}, until ${expires}`;

function parseBase(text: string | null, parse: Parse): ChosenWaivers {
  try {
    return { waivers: text === null ? [] : parse(text), warnings: [] };
  } catch (error) {
    const message = `the base’s waivers cannot be read, so none is in force: ${messageOf(error)}`;
    return { waivers: [], warnings: [{ code: 'waivers-malformed', message }] };
  }
}
