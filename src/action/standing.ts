/** Whether the check may say what the run came to: other pull requests of its commit, and earlier runs, have a say. */

import type { CheckIdentity, OwnOutcome, RecordedIdentity } from '../github/check-identity.ts';
import { digestText } from '../github/check-identity.ts';
import type { OpenPull } from '../github/find-pull-request.ts';

/** What stands against the verdict of this run. */
export interface Objection {
  exitCode: 1 | 3 | 4;
  reason: string;
}

export interface Standing {
  objection: Objection | null;
  /** Another pull request of the commit is neutral, so that the check is no more than that. */
  isNeutral: boolean;
}

export interface StandingFacts {
  identity: CheckIdentity;
  /** The branch that the change goes onto; null where no change is judged. */
  baseRef: string | null;
  own: OwnOutcome;
  /** Checks of the same name on the same commit, without this run's, the oldest first; null where they cannot be read. */
  others: RecordedIdentity[] | null;
  /** Open pull requests whose head is the commit. */
  pulls: OpenPull[];
}

const AGREED: Standing = { objection: null, isNeutral: false };

/** A check belongs to a commit, and the rules to a pull request: it is green only where all of them are. */
export function judgeStanding(facts: StandingFacts): Standing {
  const { others, identity } = facts;
  const double = findOtherConfiguration(identity, others ?? []);
  if (double !== null) return { ...AGREED, objection: double };
  if (facts.own.conclusion === 'failure') return AGREED;
  const proven = findProvenFail(facts);
  if (proven !== null) return { ...AGREED, objection: proven };
  return askPulls(facts);
}

export function findOtherConfiguration(identity: CheckIdentity, others: RecordedIdentity[]): Objection | null {
  if (!others.some(({ path }) => path !== identity.path)) return null;
  return {
    exitCode: 4,
    reason:
      'another configuration has a check of this name on this commit, and one would replace the verdict of the other; accepted: a `name` of its own in each isogate.yml, or the input `name`',
  };
}

/** Only a pass clears it: what was proven is not undone by a run that proved nothing. */
function findProvenFail({ identity, own, others }: StandingFacts): Objection | null {
  if (own.verdict !== 'inconclusive') return null;
  const last = listDecided(identity, others ?? [])
    .filter((one) => one.own.verdict === 'pass' || one.own.verdict === 'fail')
    .at(-1);
  if (last?.own.verdict !== 'fail') return null;
  return {
    exitCode: 1,
    reason: `run ${last.run} proved a fail of this commit by the same configuration, and this run, which is inconclusive, does not undo that; only a pass does`,
  };
}

/** Earlier runs of the same commit by the same rules. */
export const listDecided = ({ base, path, config }: CheckIdentity, others: RecordedIdentity[]): RecordedIdentity[] =>
  others.filter(
    (one) =>
      one.base === base && one.path === path && one.config === config && !['none', 'set-up'].includes(one.own.verdict),
  );

function askPulls({ identity, baseRef, others, pulls }: StandingFacts): Standing {
  if (baseRef === null) return AGREED;
  const own = pulls.find(({ number }) => number === identity.pullRequest);
  if (own !== undefined && own.baseRef !== baseRef)
    return object(
      `pull request #${own.number} goes onto ${own.baseRef} by now, and this run decided by the rules of ${baseRef}; let the workflow run on \`edited\` too, and run it again`,
    );
  let isNeutral = false;
  for (const pull of pulls) {
    if (pull.baseRef === baseRef) continue;
    const decided = others?.findLast((one) => one.base === digestText(pull.baseRef) && one.own.verdict !== 'none');
    if (decided === undefined)
      return object(
        `this commit is the head of pull request #${pull.number} onto ${pull.baseRef} too, whose rules have not decided on it; a commit has one check of a name, so run the workflow for #${pull.number} and then this again, or close one of the two`,
      );
    if (decided.own.conclusion === 'failure')
      return object(
        `this commit is the head of pull request #${pull.number} onto ${pull.baseRef} too, whose rules say ${decided.own.verdict}; a commit has one check of a name, so mend that, or close one of the two`,
      );
    isNeutral ||= decided.own.conclusion === 'neutral';
  }
  return { objection: null, isNeutral };
}

const object = (reason: string): Standing => ({ ...AGREED, objection: { exitCode: 3, reason } });
