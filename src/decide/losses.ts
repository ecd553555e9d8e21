import { oneLine as onOneLine, shorten, shortenInMiddle } from '../lib/text.ts';
import type { ArmFailures, ComparisonInputs } from './comparison-inputs.ts';

/** Instances and blocks that are missing where a comparison is decided. */
export interface Losses {
  failures: ArmFailures[];
  /** Blocks that lack an arm, where they are so many that they prevent a pass; else 0. */
  incomplete: number;
  /** More than a tenth of all blocks cannot be used. */
  isDepleted: boolean;
  /** Nothing passes: an instance failed, or too many blocks are missing. */
  prevents: boolean;
}

/** One block may be missing, cut off at the end. Of more than a tenth, the missing ones could have changed the verdict. */
const LOST_SHARE = 0.1;

const isTooMany = (lost: number, all: number): boolean => lost > 1 && lost > LOST_SHARE * all;

export const hasFailures = (failures: ArmFailures[]): boolean => failures.some(({ failed }) => failed > 0);

/**
 * @param seen blocks of the function that a look sees
 * @param incomplete blocks that were left out besides; known at the end of the run only
 * @param usable seen blocks that hold a usable value
 */
export const countLosses = (
  inputs: Pick<ComparisonInputs, 'failures' | 'expected'>,
  { seen, incomplete, usable }: { seen: number; incomplete: number; usable: number },
): Losses => {
  const failures = inputs.failures(seen);
  const expected = inputs.expected(seen) + incomplete;
  const missing = expected - Math.min(...failures.map(({ started }) => started));
  const lost = isTooMany(missing, expected) ? missing : 0;
  return {
    failures,
    incomplete: lost,
    isDepleted: isTooMany(expected - usable, expected),
    prevents: lost > 0 || hasFailures(failures),
  };
};

/** A message comes from the function, and may be of any length. */
const MAX_MESSAGE = 300;

export const oneLine = (text: string): string => shorten(onOneLine(text), MAX_MESSAGE);

/** `2 of 12 gvisor instances failed (crashed: …)`, the control first; what the build said where nothing was built; null where none failed. */
export const explainFailures = (failures: ArmFailures[]): string | null => {
  if (!hasFailures(failures)) return null;
  const unbuilt = failures.find(({ isUnbuilt }) => isUnbuilt);
  if (unbuilt) return `its build failed: ${shortenInMiddle(onOneLine(unbuilt.firstFailure ?? ''), MAX_MESSAGE)}`;
  return failures
    .filter(({ failed }) => failed > 0)
    .map(
      ({ isolation, started, failed, firstFailure }) =>
        `${failed} of ${started} ${isolation} instances failed (${shortenInMiddle(onOneLine(firstFailure ?? 'no message'), MAX_MESSAGE)})`,
    )
    .join(', ');
};
