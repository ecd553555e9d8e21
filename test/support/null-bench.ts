/** A run of our own on this host with the null image, for tests that start real instances. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildNullImage } from '../../src/image/build-image.ts';
import { findGuestKernel } from '../../src/image/kernel/find-guest-kernel.ts';
import { claimHost, type HostClaim } from '../../src/isolation/cleanup/claim-host.ts';
import { createIsolation } from '../../src/isolation/create-isolation.ts';
import type { IsolationConfig } from '../../src/model/config.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { Isolation } from '../../src/model/isolation.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { GUEST_DIR } from './env.ts';

export const RESOURCES = {
  cpus: 1,
  memoryBytes: 256 * 2 ** 20,
  guestOverheadBytes: 128 * 2 ** 20,
  tmpBytes: 512 * 2 ** 20,
};
export const isolationConfig = (type: IsolationType, name: string = type): IsolationConfig => ({
  name,
  type,
  required: false,
  platform: 'systrap',
  runtime: null,
  accelerator: ['tcg'],
  kernel: null,
  pci: false,
  jailer: false,
  configure: 'api',
});

export const isolationOf = (type: IsolationType): Isolation => createIsolation(isolationConfig(type), 'tcg');

export interface NullBench {
  image: FunctionImage;
  claim: HostClaim;
  cacheDir: string;
  end(): Promise<void>;
}

/** The cache is a directory of its own: what these tests build, they remove. */
export async function openNullBench(withVm: boolean, signal = new AbortController().signal): Promise<NullBench> {
  const cacheDir = mkdtempSync(join(tmpdir(), 'isogate-test-cache-'));
  const kernel = withVm ? await findGuestKernel({ source: null, cacheDir, guestDir: GUEST_DIR }) : null;
  const image = await buildNullImage({ resources: RESOURCES, cacheDir, guestDir: GUEST_DIR, kernel, log: () => {} });
  const claim = await claimHost(1, () => {}, signal);
  return {
    image,
    claim,
    cacheDir,
    async end() {
      await claim.release();
      rmSync(cacheDir, { recursive: true, force: true });
    },
  };
}
