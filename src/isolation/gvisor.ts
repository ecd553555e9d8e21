/** A sandboxed container: runsc with the systrap, ptrace or kvm platform, no network, the instance's own cgroup. */

import { existsSync } from 'node:fs';
import type { Isolation, IsolationConfig } from '../types.ts';
import { hostMatches, type Rule } from './contradictions.ts';
import { startOci } from './oci-runtime.ts';
import { requireKvm } from './require-device.ts';
import { NOTHING_MISSING, requireCgroup, requireCommand, requireRoot } from './requirements.ts';

/** scripts/setup-runner puts a recent runsc here where the distribution's own is too old for systrap. */
const INSTALLED = '/opt/isogate/bin/runsc';

const ownKernel: Rule = ({ guest }, host) =>
  guest['kernel_release'] !== undefined &&
  guest['kernel_release'] !== host.kernelRelease &&
  guest['boot_id'] !== host.bootId
    ? null
    : `guest evidence kernel_release is "${guest['kernel_release']}", expected gVisor’s own, not the host’s`;

export function gvisorIsolation(config: IsolationConfig): Isolation {
  const binary = existsSync(INSTALLED) ? INSTALLED : 'runsc';
  const runtime = {
    binary,
    // Left alone, sandbox and gofer stay in the instance's cgroup, in which their client was started.
    options: [`--platform=${config.platform}`, '--network=none', '--ignore-cgroups'],
    cgroupsPath: null,
    showsRoot: false,
    rules: [
      ownKernel,
      hostMatches('exe', /\/runsc$/, 'the runsc binary'),
      hostMatches('argv', new RegExp(`--platform=${config.platform}\\b`), `--platform=${config.platform}`),
    ],
  };
  return {
    config,
    family: 'sandbox',
    async probe() {
      const { version, missing } = await requireCommand({
        what: 'runsc (gVisor)',
        command: binary,
        fix: 'sudo scripts/setup-runner',
      });
      const more = missing ?? requireRoot('gvisor') ?? requireCgroup();
      const device = more === null && config.platform === 'kvm' ? await requireKvm() : null;
      return { version, ...(more ?? device ?? NOTHING_MISSING) };
    },
    start: (image, resources, context) => startOci(runtime, image, resources, context),
  };
}
