/** Flow part: how the base takes part in one comparison, by the header and by what its instances came to. */

import { shortCommit, shortDigest } from '../lib/text.ts';
import type { BaseOfFunction, ChangeUnderTest, DeclaredComparison, InstanceRecord } from '../model/samples.ts';

/** `beside` in the same blocks; else with the reason why it is not. Null: there is no base. */
export type BasePart =
  | { part: 'beside' }
  | { part: 'same-image'; commit: string; reason: string }
  | { part: 'failed'; commit: string; reason: string }
  | null;

/** What is only there untracked, as what a workflow step installs, is in no checkout of the base. */
const HINT =
  'what a workflow installs or builds before the gate is not in the base’s checkout: let build: of the function do it';

const failureOf = (instances: InstanceRecord[], commit: string): BasePart => {
  const [first] = instances;
  const what = first?.error === undefined ? first?.status : `${first.status}: ${first.error}`;
  return {
    part: 'failed',
    commit,
    reason: `on the base (${shortCommit(commit)}) no instance of ${first?.isolation} ended well (${what}; ${HINT})`,
  };
};

/** The change as the header has it, and the base's instances of the run. */
export type BaseFacts = { change: ChangeUnderTest | null; instances: InstanceRecord[] };

/** Without a header's word the instances alone say that there is a base, as in foreign files. */
export const basePartOf = (
  { function: name, isolation }: Pick<DeclaredComparison, 'function' | 'isolation'>,
  control: string,
  { change, instances }: BaseFacts,
): BasePart => {
  const own = instances.filter((record) => record.revision === 'base' && record.function === name);
  const base: BaseOfFunction | undefined = change?.functions[name];
  const commit = change?.base ?? '';
  if (base === undefined) return own.some(({ arm }) => arm === 'control') ? { part: 'beside' } : null;
  if (base.state === 'same-image')
    return {
      part: 'same-image',
      commit,
      reason: `its image is the same on the base (${shortCommit(commit)}, ${shortDigest(base.digest)}): the change cannot have moved it, so it was not measured twice`,
    };
  if (base.state === 'not-built')
    return { part: 'failed', commit, reason: `the base (${shortCommit(commit)}) could not be built: ${base.reason}` };
  for (const arm of [
    own.filter((record) => record.arm === 'control'),
    own.filter((record) => record.arm === 'treatment' && record.isolation === isolation && isolation !== control),
  ])
    if (arm.length > 0 && !arm.some(({ status }) => status === 'ok')) return failureOf(arm, commit);
  return { part: 'beside' };
};
