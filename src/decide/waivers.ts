import { METRIC_NAMES } from '../lib/format.ts';
import type { Waiver } from '../model/config.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import type { Warning } from '../model/warnings.ts';

/** A waiver is warned of during its last days. */
const SOON_DAYS = 14;
const DAY_MS = 24 * 3600e3;

type Subject = Pick<DeclaredComparison, 'function' | 'isolation' | 'metric' | 'kind'>;

const isFor = (waiver: Waiver, { function: name, isolation, metric, kind }: Subject): boolean =>
  waiver.function === name &&
  waiver.isolation === isolation &&
  waiver.metric === metric &&
  (waiver.kind === 'budget') === (kind === 'budget');

/** A waiver is in force until the end of its last day. @param day YYYY-MM-DD */
const isExpired = ({ expires }: Waiver, day: string): boolean => expires < day;

/** The waiver that is in force for a comparison; of several the one that ends last. */
export const findWaiver = (comparison: Subject, waivers: readonly Waiver[], day: string): Waiver | null => {
  const [last] = waivers
    .filter((waiver) => isFor(waiver, comparison) && !isExpired(waiver, day))
    .sort((a, b) => (a.expires < b.expires ? 1 : -1));
  return last ?? null;
};

const FILE = '.isogate/waivers.yml';

const place = ({ function: name, isolation, metric, kind }: Waiver): string =>
  `${FILE}: the waiver for ${name} under ${isolation} (${METRIC_NAMES[metric]} ${kind})`;

export interface WaiverFindings {
  /** Each makes the run fail. */
  problems: Warning[];
  warnings: Warning[];
}

/**
 * What is wrong with the waivers themselves. A waiver that the change under test removes or replaces is only warned of,
 * because otherwise no change could ever correct it.
 */
export const judgeWaivers = (waivers: readonly Waiver[], comparisons: Subject[], day: string): WaiverFindings => {
  const found: WaiverFindings = { problems: [], warnings: [] };
  for (const waiver of waivers) {
    const { owner, expires, leaving } = waiver;
    const into = leaving ? found.warnings : found.problems;
    if (!comparisons.some((one) => isFor(waiver, one)))
      into.push({
        code: 'waiver-unmatched',
        message: `${place(waiver)} matches no limit of the configuration; remove it, or correct its names (owner ${owner})`,
      });
    else if (isExpired(waiver, day))
      into.push({
        code: 'waiver-expired',
        message: `${place(waiver)} expired on ${expires}; its configured limit holds again. Remove it, or have ${owner} renew it with a reason`,
      });
    else if ((Date.parse(expires) - Date.parse(day)) / DAY_MS <= SOON_DAYS)
      found.warnings.push({
        code: 'waiver-expires-soon',
        message: `${place(waiver)} expires on ${expires} (owner ${owner})`,
      });
  }
  return found;
};
