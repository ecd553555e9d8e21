/** A sandboxed container: runsc with the systrap, ptrace or kvm platform, no network, the instance's own cgroup. */

import { existsSync, realpathSync } from 'node:fs';
import { findProgram } from '../../host/find-program.ts';
import { askCommand } from '../../lib/run-tool.ts';
import type { IsolationConfig } from '../../model/config.ts';
import { InstanceError } from '../../model/errors.ts';
import type { Isolation } from '../../model/isolation.ts';
import { hostIs, hostMatches, notTheHostsKernel, ownNamespaces, type Rule } from '../evidence/contradictions.ts';
import { type Missing, NOTHING_MISSING, requireCgroup, requireCommand, requireRoot } from '../requirements.ts';
import { requireKvm } from '../vm/require-device.ts';
import { startOci } from './oci-runtime.ts';

/** scripts/setup-runner puts a recent runsc here where the distribution's own is too old for systrap. */
const INSTALLED = '/opt/isogate/bin/runsc';
const SETUP = 'sudo scripts/setup-runner';

/** Rules for the sandbox's process. `exe` must be the program that the probe asked for its version. */
const rulesOf = (binary: string, platform: string): Rule[] => [
  notTheHostsKernel,
  hostIs('exe', withoutLinks(binary)),
  hostMatches('argv', /^runsc-sandbox /, 'a sandbox of runsc'),
  hostMatches('argv', new RegExp(` --platform=${platform} `), `--platform=${platform}`),
  hostMatches('argv', / --network=none /, '--network=none'),
  ownNamespaces('mnt', 'net', 'uts', 'ipc'),
  // The sentry's own filter: what the function may call is the sentry's business.
  hostIs('seccomp', '2'),
  hostIs('no_new_privs', '1'),
];

export const gvisorIsolation = (config: IsolationConfig): Isolation =>
  runscIsolation(config, existsSync(INSTALLED) ? INSTALLED : (findProgram('runsc') ?? 'runsc'));

export function runscIsolation(config: IsolationConfig, binary: string): Isolation {
  const runtime = {
    binary,
    // Left alone, sandbox and gofer stay in the instance's cgroup, in which their client was started.
    options: [`--platform=${config.platform}`, '--network=none', '--ignore-cgroups'],
    cgroupsPath: null,
    showsRoot: false,
    rules: rulesOf(binary, config.platform),
  };
  return {
    config,
    async probe() {
      const { version, missing } = await requireCommand({ what: 'runsc (gVisor)', command: binary, fix: SETUP });
      const more = missing ?? (await requirePlatform(binary, config)) ?? requireRoot('gvisor') ?? requireCgroup();
      const device = more === null && config.platform === 'kvm' ? await requireKvm() : null;
      return { version, ...(more ?? device ?? NOTHING_MISSING) };
    },
    start: (image, resources, context) =>
      startOci(runtime, image, resources, context).catch((error) => Promise.reject(explain(error, config.platform))),
  };
}

/** The versions of distributions have no order, so the program is asked: systrap came in 2023, ptrace is on its way out. */
async function requirePlatform(binary: string, { name, platform }: IsolationConfig): Promise<Missing | null> {
  const answer = await askCommand(binary, ['flags']);
  const text = answer.outcome === 'answered' ? `${answer.stdout}\n${answer.stderr}` : '';
  const known = text.match(/which platform to use: (.*)/)?.[1];
  if (known === undefined || new RegExp(`\\b${platform}\\b`).test(known)) return null;
  return {
    reason: `this runsc has no ${platform} platform; it has: ${known.replaceAll(/ \(default[^)]*\)/g, '').replace(/\.\s*$/, '')}`,
    fix: platform === 'systrap' ? SETUP : `isolations.${name}.platform: systrap`,
  };
}

/** Where nested virtualisation cannot run gVisor's guests, it hangs without a message: a timeout is all that is seen. */
function explain(error: unknown, platform: string): unknown {
  if (platform !== 'kvm' || !(error instanceof InstanceError) || error.status !== 'timeout') return error;
  const why = 'the kvm platform hangs where (nested) virtualisation is not complete: use platform: systrap there';
  const explained = new InstanceError('timeout', error.phase, `${error.message}; ${why}`);
  explained.stderrTail = error.stderrTail;
  return explained;
}

function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
