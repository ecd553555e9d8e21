/** Tells once what has one cause, although several comparisons of a function have seen it. */

import { groupBy } from '../lib/group-by.ts';
import type { Warning } from '../model/warnings.ts';

/** What the blocks of one comparison show. */
export interface BlockWarning {
  code: string;
  function: string;
  /** What is measured, `latency`; null where the sentence is not about one metric. */
  metric: string | null;
  /** `latency under runc`, for lists. */
  where: string;
  /** One sentence, without the function. */
  what: string;
}

/** A busy machine makes blocks drift, depend on their order, and tells two equal arms apart. */
const OF_A_BUSY_HOST = new Set(['twin-shift', 'order-interaction', 'drift']);

const list = (warnings: BlockWarning[]): string => [...new Set(warnings.map(({ where }) => where))].join(', ');

const mergeAlike = (alike: BlockWarning[]): Warning[] => {
  const [first, ...others] = alike as [BlockWarning, ...BlockWarning[]];
  const { code, function: name, metric, where, what } = first;
  // Failures have messages of their own, and are told one by one.
  if (metric === null) return alike.map((one) => ({ code, message: `${name}: ${one.what}` }));
  const places = list(others.filter((one) => one.where !== where));
  const likewise = places === '' ? '' : `; likewise ${places}`;
  return [{ code, message: `${name}: ${metric}: ${what}${likewise}` }];
};

const mergeOfFunction = (warnings: BlockWarning[]): Warning[] => {
  const disturbed = warnings.find(({ code }) => code === 'disturbed-host');
  if (disturbed === undefined)
    return [...groupBy(warnings, ({ code }) => code).values()].flatMap((alike) => mergeAlike(alike));
  const effects = list(warnings.filter(({ code }) => OF_A_BUSY_HOST.has(code)));
  const widened = effects === '' ? '' : `, and limits are widened by what that did to ${effects}`;
  const rest = warnings.filter(({ code }) => code !== 'disturbed-host' && !OF_A_BUSY_HOST.has(code));
  return [
    { code: disturbed.code, message: `${disturbed.function}: ${disturbed.what}${widened}` },
    ...mergeOfFunction(rest),
  ];
};

/** In the order of functions, and of what was seen first. */
export const mergeWarnings = (warnings: BlockWarning[]): Warning[] =>
  [...groupBy(warnings, (one) => one.function).values()].flatMap((own) => mergeOfFunction(own));
