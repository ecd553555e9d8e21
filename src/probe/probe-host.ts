/** Flow: `isogate probe`. What this host is and which isolations truly work on it. */

import { loadConfig } from '../config/load-config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { ISOLATION_TYPES, keysOfType } from '../config/schema-isolation.ts';
import { cpuSiblings, planCpus } from '../host/cpus.ts';
import { claimHost, type HostClaim } from '../isolation/cleanup/claim-host.ts';
import { prepareDirectory } from '../lib/prepare-directory.ts';
import type { Config } from '../model/config.ts';
import type { Env } from '../model/env.ts';
import type { Fingerprint, HostFacts, ProbeResult } from '../model/probe.ts';
import { proveHost } from './prove-host.ts';

export interface ProbeHostOptions {
  /** Null: every isolation with its defaults. */
  configPath: string | null;
  /** Nothing is taken from earlier runs. */
  fresh: boolean;
}

export async function probeHost(
  options: ProbeHostOptions,
  env: Env,
): Promise<{ host: HostFacts; isolations: ProbeResult[]; fingerprint: Fingerprint }> {
  const config = options.configPath === null ? everyIsolation() : await loadConfig(options.configPath);
  await prepareDirectory('--cache-dir', env.cacheDir);
  const { cpus } = config.resources;
  const { warnings } = planCpus(await cpuSiblings(), cpus);
  let claim: HostClaim | null = null;
  const claimOnce = async (): Promise<HostClaim> => {
    claim = await claimHost(cpus, env.log, env.signal);
    return claim;
  };
  try {
    const reuse = options.fresh ? 'nothing' : 'proofs';
    const proven = await proveHost(claimOnce, { config, reuse }, env);
    const host = { ...proven.host, warnings: [...proven.host.warnings, ...warnings] };
    return { host, isolations: proven.probes, fingerprint: proven.fingerprint({}) };
  } finally {
    await (claim as HostClaim | null)?.release();
  }
}

/** In the families' order. */
const everyIsolation = (): Config =>
  parseConfig(
    {
      name: 'probe',
      functions: { none: { command: ['none'] } },
      isolations: Object.fromEntries(
        ISOLATION_TYPES.map((type) => [
          type,
          keysOfType(type).includes('accelerator') ? { accelerator: ['kvm', 'tcg'] } : {},
        ]),
      ),
    },
    { source: 'built-in', paths: null },
  );
