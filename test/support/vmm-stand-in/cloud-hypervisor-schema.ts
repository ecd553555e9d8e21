/**
 * What `PUT vm.create` may hold, named and typed as in Cloud Hypervisor's published API description (version 0.3.0). The
 * real one (seen with v53.0) reads past names that it does not know; here they are refused, as the description has none of
 * them and a misspelt one would leave out a device without a word.
 */

import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const text = v.string();
const flag = v.boolean();

const pciDevice = {
  id: v.optional(text),
  pci_segment: v.optional(count),
  pci_device_id: v.optional(count),
};
const consoleMode = v.picklist(['Off', 'Pty', 'Tty', 'File', 'Socket', 'Null']);
const output = { file: v.optional(text), socket: v.optional(text), mode: consoleMode };

const Cpus = v.strictObject({
  boot_vcpus: count,
  max_vcpus: count,
  kvm_hyperv: v.optional(flag),
  max_phys_bits: v.optional(count),
  nested: v.optional(flag),
  core_scheduling: v.optional(v.picklist(['Vm', 'Vcpu', 'Off'])),
});
const Memory = v.strictObject({
  size: count,
  mergeable: v.optional(flag),
  shared: v.optional(flag),
  hugepages: v.optional(flag),
  hugepage_size: v.optional(count),
  prefault: v.optional(flag),
  reserve: v.optional(flag),
  thp: v.optional(flag),
});
const Payload = v.strictObject({
  firmware: v.optional(text),
  kernel: v.optional(text),
  cmdline: v.optional(text),
  initramfs: v.optional(text),
});
const Disk = v.strictObject({
  ...pciDevice,
  path: v.optional(text),
  readonly: v.optional(flag),
  direct: v.optional(flag),
  iommu: v.optional(flag),
  num_queues: v.optional(count),
  queue_size: v.optional(count),
  serial: v.optional(text),
  sparse: v.optional(flag),
  image_type: v.optional(v.picklist(['FixedVhd', 'Qcow2', 'Raw', 'Vhdx', 'Unknown'])),
  lock_granularity: v.optional(v.picklist(['ByteRange', 'Full'])),
});
const Vsock = v.strictObject({ ...pciDevice, cid: count, socket: text, iommu: v.optional(flag) });

/** Devices that no guest of ours has (network, file systems, TPM, …) are left out, and so refused. */
const VmConfig = v.strictObject({
  cpus: v.optional(Cpus),
  memory: v.optional(Memory),
  payload: v.optional(Payload),
  disks: v.optional(v.array(Disk)),
  rng: v.optional(v.strictObject({ ...pciDevice, src: text, iommu: v.optional(flag) })),
  serial: v.optional(v.strictObject(output)),
  console: v.optional(v.strictObject({ ...pciDevice, ...output, iommu: v.optional(flag) })),
  vsock: v.optional(Vsock),
  watchdog: v.optional(flag),
  pvpanic: v.optional(flag),
  landlock_enable: v.optional(flag),
});
export type VmConfig = v.InferOutput<typeof VmConfig>;

/** The words of serde, which the real one passes on, without its line and column. */
export function parseVmConfig(body: string): VmConfig | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    return (error as Error).message;
  }
  const parsed = v.safeParse(VmConfig, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const name = String(issue.path?.at(-1)?.key ?? 'VmConfig');
  if (issue.type === 'strict_object' && issue.expected === 'never') return `unknown field \`${name}\``;
  if (issue.received === 'undefined') return `missing field \`${name}\``;
  if (issue.type === 'picklist') return `unknown variant ${issue.received}, expected one of ${issue.expected}`;
  return `invalid type: ${issue.received}, expected ${issue.expected} (\`${name}\`)`;
}
