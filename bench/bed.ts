/** What the measurements stand on: the host lock, a registered run, two images in a cache of their own. */

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage, buildNullImage } from '../src/image/build-image.ts';
import { claimHost, type HostClaim } from '../src/isolation/cleanup/claim-host.ts';
import { createIsolation } from '../src/isolation/create-isolation.ts';
import { type FunctionConfig, PLAIN_FUNCTION } from '../src/model/config.ts';
import { NotMeasurableError } from '../src/model/errors.ts';
import type { FunctionImage } from '../src/model/image.ts';
import type { Isolation } from '../src/model/isolation.ts';
import type { IsolationType } from '../src/model/isolation-types.ts';

export const RESOURCES = {
  cpus: 1,
  memoryBytes: 256 * 2 ** 20,
  guestOverheadBytes: 128 * 2 ** 20,
  tmpBytes: 512 * 2 ** 20,
};
/** Far over everything that is measured here: reached only when something hangs. */
export const TIMEOUT_MS = 30_000;

export interface Bed {
  claim: HostClaim;
  signal: AbortSignal;
  native: Isolation;
  runc: Isolation;
  /** Nothing but the agent, and a Node handler that returns null. */
  nullImage: FunctionImage;
  nodeImage: FunctionImage;
  end(): Promise<void>;
}

/** @throws NotMeasurableError naming what this machine lacks */
export async function openBed(root: string, log: (line: string) => void, signal: AbortSignal): Promise<Bed> {
  const native = await usable('native');
  const runc = await usable('runc');
  const claim = await claimHost(RESOURCES.cpus, log, signal);
  const cacheDir = mkdtempSync(join(tmpdir(), 'isogate-bench-cache-'));
  const end = async (): Promise<void> => {
    rmSync(cacheDir, { recursive: true, force: true });
    await claim.release();
  };
  try {
    chmodSync(cacheDir, 0o755);
    const common = { resources: RESOURCES, cacheDir, guestDir: join(root, 'dist/guest'), kernel: null, log };
    const nullImage = await buildNullImage(common);
    const nodeImage = await buildImage({ ...common, function: emptyFunction(root) });
    return { claim, signal, native, runc, nullImage, nodeImage, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function usable(type: IsolationType): Promise<Isolation> {
  const isolation = createIsolation(
    {
      ...{ name: type, type, required: true, platform: 'systrap', runtime: null, accelerator: [], kernel: null },
      ...{ pci: false, jailer: false, configure: 'api' },
    },
    'tcg',
  );
  const { reason, fix } = await isolation.probe();
  if (reason !== null) throw new NotMeasurableError(`${reason}; fix: ${fix}`);
  return isolation;
}

const emptyFunction = (root: string): FunctionConfig => ({
  name: 'empty',
  ...PLAIN_FUNCTION,
  runtime: 'node',
  directory: join(root, 'bench/empty-function'),
  handler: { file: 'empty.mjs', export: 'handler' },
});
