/** Who gets values of the runner's environment: trusted code, by the configuration that decides. */

import * as core from '@actions/core';
import { fromEnvironment, type RunnerEnv } from '../gate/runner-env.ts';
import type { EventContext } from '../github/read-event.ts';
import { nameUntrusted } from '../github/untrusted.ts';
import type { TrustedConfig } from './trusted-config.ts';

/**
 * Code of a fork or of Dependabot gets none, also where a maintainer approved the commit: values that it once has cannot be
 * taken back. Nor does a pull request choose them itself where its base has no configuration yet.
 */
export function chooseRunnerEnv(
  context: EventContext,
  trusted: Pick<TrustedConfig, 'text'>,
  env: NodeJS.ProcessEnv,
): RunnerEnv {
  const origin = nameUntrusted(context);
  if (origin !== null) return { withheld: `this is code of ${origin}` };
  if (context.change !== null && trusted.text === null)
    return { withheld: 'only the configuration on the base may name them, and the base has none yet' };
  const { lookUp } = fromEnvironment(env);
  return {
    lookUp: (name) => {
      const value = lookUp(name);
      // GitHub then hides it in the log of the job too.
      if (value) core.setSecret(value);
      return value;
    },
  };
}
