/**
 * A VMM for tests of its adapter: the real one where it is on PATH and boots a guest under KVM, else the stand-in. The tests
 * are the same.
 */

import { createIsolation } from '../../src/isolation/create-isolation.ts';
import { messageOf } from '../../src/model/errors.ts';
import { isolationConfig, type NullBench, RESOURCES } from './null-bench.ts';
import { installStandIn } from './vmm-stand-in/install.ts';

/** As long as the probe gives a guest under KVM. */
const KVM_TIMEOUT_MS = 10_000;

export interface ProvidedVmm {
  real: boolean;
  remove(): void;
}

/** A reason to skip where there is neither. With ISOGATE_KVM=1 (npm run test:kvm) only the real one will do. */
export async function provideVmm(
  type: 'firecracker' | 'cloud-hypervisor',
  bench: NullBench,
): Promise<ProvidedVmm | string> {
  const problem = await problemOf(type, bench);
  if (problem === null) return { real: true, remove() {} };
  if (process.env['ISOGATE_KVM'] === '1') return `the real ${type} does not work here: ${problem}`;
  const standIn = await installStandIn(type);
  return typeof standIn === 'string' ? standIn : { real: false, remove: standIn.remove };
}

async function problemOf(
  type: 'firecracker' | 'cloud-hypervisor',
  { image, claim }: NullBench,
): Promise<string | null> {
  const isolation = createIsolation(isolationConfig(type), 'kvm');
  const { reason } = await isolation.probe();
  if (reason !== null) return reason;
  try {
    const instance = await isolation.start(image, RESOURCES, claim.nextContext(KVM_TIMEOUT_MS));
    await instance.stop();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
