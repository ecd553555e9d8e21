/** Reads what Kata Containers' programs say of themselves, and finds what does not work under Docker. */

import { basename } from 'node:path';
import * as v from 'valibot';
import { isOlder, type Missing } from '../requirements.ts';

/** Where its static releases unpack to. */
export const KATA_DIRECTORY = '/opt/kata/bin';

/** Docker from 26 on needs this one (Kata's guide how-to-use-kata-with-docker). */
const DOCKER_NEEDING_NEW_KATA = '26.0';
const OLDEST_FOR_NEW_DOCKER = '3.29.0';

/** Of `containerd-shim-kata-v2 --version` or `kata-runtime --version`; null where there is none. */
export const parseKataVersion = (text: string): string | null =>
  text.match(/(?:version|kata-runtime)?\s*:\s*v?(\d+\.\d+\.\d+[\w.+-]*)/)?.[1] ?? null;

const Env = v.object({
  Runtime: v.object({ Version: v.object({ Version: v.object({ Semver: v.string() }) }) }),
  Hypervisor: v.object({ Path: v.string(), Version: v.optional(v.string(), '') }),
  Host: v.object({ VMContainerCapable: v.boolean() }),
});

export interface KataEnv {
  version: string;
  /** Name of the VMM's program. */
  hypervisor: string;
  hypervisorVersion: string;
  canRunVms: boolean;
}

/** Of `kata-runtime env --json` (format 1.0.27); null for what is no such answer. */
export function parseKataEnv(text: string): KataEnv | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Env), text);
  if (!parsed.success) return null;
  const { Runtime, Hypervisor, Host } = parsed.output;
  return {
    version: Runtime.Version.Version.Semver,
    hypervisor: basename(Hypervisor.Path),
    hypervisorVersion: Hypervisor.Version.split('\n')[0] ?? '',
    canRunVms: Host.VMContainerCapable,
  };
}

/** Why this version does not work under that daemon, or null; a version that cannot be read is taken to be new enough. */
export function unsuitableKata(version: string | null, dockerVersion: string): Missing | null {
  if (version === null || isOlder(dockerVersion, DOCKER_NEEDING_NEW_KATA) || !isOlder(version, OLDEST_FOR_NEW_DOCKER))
    return null;
  return {
    reason: `Kata Containers ${version} does not work under Docker ${dockerVersion}: from ${DOCKER_NEEDING_NEW_KATA} on it needs ${OLDEST_FOR_NEW_DOCKER} or newer`,
    fix: `unpack Kata Containers ${OLDEST_FOR_NEW_DOCKER} or newer to /opt/kata`,
  };
}

/** Why it starts no VM here, by its own judgement, or null. */
export const unfitHost = (env: KataEnv): Missing | null =>
  env.canRunVms
    ? null
    : {
        reason: `Kata Containers ${env.version} finds this host unable to run its VMs under ${env.hypervisor}`,
        fix: `sudo ${KATA_DIRECTORY}/kata-runtime check --verbose  # says what is missing`,
      };
