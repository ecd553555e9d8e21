/** Reads `podman info`, and explains its failures. */

import * as v from 'valibot';
import { lastLine } from '../../lib/text.ts';
import { installCommand, type Missing } from '../requirements.ts';

const Info = v.object({
  host: v.object({
    ociRuntime: v.object({ name: v.string(), path: v.string(), version: v.optional(v.string(), '') }),
  }),
});

export interface PodmanInfo {
  runtimePath: string;
  runtimeVersion: string;
}

export function parsePodmanInfo(text: string): PodmanInfo | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Info), text);
  if (!parsed.success) return null;
  const { name, path, version } = parsed.output.host.ociRuntime;
  if (path === '') return null;
  return { runtimePath: path, runtimeVersion: (version.split('\n')[0] || name).trim() };
}

/** What it means that `podman info` failed with these words of its own. */
export function explainPodman(words: string, runtime: string | null): Missing {
  if (runtime !== null && /runtime/i.test(words))
    return {
      reason: `podman finds no runtime "${runtime}": ${lastLine(words)}`,
      fix: 'install it, or name its path under [engine.runtimes] in /etc/containers/containers.conf',
    };
  if (/could not find|no such file.*(runc|crun)|default OCI runtime/i.test(words))
    return { reason: `podman finds no runtime: ${lastLine(words)}`, fix: installCommand('runc') };
  return { reason: `podman info: ${lastLine(words)}`, fix: null };
}
