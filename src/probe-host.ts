/** Flow: `isogate probe`. What this host is and which isolations truly work on it. */

import { claimHost } from './claim-host.ts';
import { loadConfig } from './config/load-config.ts';
import { parseConfig } from './config/parse-config.ts';
import { prepareDirectory } from './prepare-directory.ts';
import { proveHost } from './prove-host.ts';
import type { Config, Fingerprint, HostFacts, ProbeResult } from './types.ts';

export interface ProbeHostOptions {
  /** Null: every isolation with its defaults. */
  configPath: string | null;
  cacheDir: string;
  guestDir: string;
  log: (line: string) => void;
  signal?: AbortSignal;
}

export async function probeHost(
  options: ProbeHostOptions,
): Promise<{ host: HostFacts; isolations: ProbeResult[]; fingerprint: Fingerprint }> {
  const config = options.configPath === null ? everyIsolation() : await loadConfig(options.configPath);
  await prepareDirectory('--cache-dir', options.cacheDir);
  const claim = await claimHost(config.resources.cpus, options.log, options.signal ?? new AbortController().signal);
  try {
    const proven = await proveHost(claim, { ...options, config });
    return { host: proven.host, isolations: proven.probes, fingerprint: await proven.fingerprint({}) };
  } finally {
    await claim.release();
  }
}

const everyIsolation = (): Config =>
  parseConfig(
    {
      name: 'probe',
      functions: { none: { command: ['none'] } },
      isolations: { native: {}, runc: {}, gvisor: {}, 'qemu-microvm': { accelerator: ['kvm', 'tcg'] } },
    },
    { source: 'built-in', root: null },
  );
