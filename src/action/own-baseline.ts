import { isBranchStore } from '../baseline/open-store.ts';
import { isInside } from '../config/workspace.ts';
import type { EventContext } from '../github/read-event.ts';
import type { Warning } from '../model/warnings.ts';
import type { ActionInputs } from './inputs.ts';

/** A directory in the checkout holds whatever the pull request puts there. */
export const isOwnBaseline = (
  { baseline, workspace }: Pick<ActionInputs, 'baseline' | 'workspace'>,
  { change }: Pick<EventContext, 'change'>,
): boolean => change !== null && baseline !== null && !isBranchStore(baseline) && isInside(workspace, baseline);

export function warnOfOwnBaseline(isOwn: boolean): Warning[] {
  if (!isOwn) return [];
  const message =
    'the stored baseline is a directory in the checkout, which a pull request can fill, so nothing in it is believed: keep it on a branch (baseline: git), or outside of the workspace';
  return [{ code: 'baseline-in-checkout', message }];
}
