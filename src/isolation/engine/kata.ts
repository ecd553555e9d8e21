/** A container in a virtual machine of its own: Docker with Kata Containers as its runtime. */

import { findProgram } from '../../host/find-program.ts';
import { askCommand } from '../../lib/run-tool.ts';
import type { IsolationConfig } from '../../model/config.ts';
import type { Isolation } from '../../model/isolation.ts';
import type { Missing } from '../requirements.ts';
import { requireKvm } from '../vm/require-device.ts';
import { dockerWith } from './docker.ts';
import type { DockerInfo } from './docker-info.ts';
import { KATA_DIRECTORY, parseKataEnv, parseKataVersion, unfitHost, unsuitableKata } from './kata-info.ts';

/** How containerd names the shim, for a daemon that was not told another name. */
const RUNTIME = 'io.containerd.kata.v2';
const SHIM = 'containerd-shim-kata-v2';

export const kataIsolation = (config: IsolationConfig): Isolation =>
  dockerWith(config, config.runtime ?? RUNTIME, { installed: requireShim, suitable: requireKata });

const requireShim = (): Missing | null =>
  find(SHIM) !== null
    ? null
    : {
        reason: `Kata Containers is not installed: there is no ${SHIM} on PATH or in ${KATA_DIRECTORY}`,
        fix: `unpack a static release of Kata Containers to /opt/kata, then: sudo ln -s ${KATA_DIRECTORY}/${SHIM} /usr/local/bin/`,
      };

/** In the order in which they have to be put right. */
async function requireKata(info: DockerInfo): Promise<Missing | null> {
  const answer = await askCommand(find(SHIM) ?? SHIM, ['--version']);
  const words = answer.outcome === 'answered' ? answer.stdout || answer.stderr : '';
  return unsuitableKata(parseKataVersion(words), info.version) ?? (await requireKvm()) ?? (await requireFitHost());
}

/** As Kata's own tool judges it, where that is installed too. */
async function requireFitHost(): Promise<Missing | null> {
  const tool = find('kata-runtime');
  if (tool === null) return null;
  const answer = await askCommand(tool, ['env', '--json']);
  const env = answer.outcome === 'answered' ? parseKataEnv(answer.stdout) : null;
  return env && unfitHost(env);
}

const find = (name: string): string | null => findProgram(name, [KATA_DIRECTORY]);
