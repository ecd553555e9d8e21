/** The order in which Firecracker takes its calls, and what each needs of the host. */

import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import type { Guest } from './boot-qemu.ts';
import { type Body, faultOf } from './firecracker-schemas.ts';

/** Answered as `400 {"fault_message"}`. */
export class Refusal extends Error {}

export type State = 'Not started' | 'Running' | 'Paused';
type Fields = Record<string, unknown>;

export interface Machine {
  state(): State;
  put(path: string[], value: unknown): Promise<void>;
  patch(path: string[], value: unknown): Promise<void>;
  config(): Fields;
}

export interface MachineOptions {
  pci: boolean;
  /** Prefix of all paths: the directory that a jailer has shut this process into. */
  root: string;
  boot: (guest: Guest) => Promise<void>;
}

const AFTER_START = 'The requested operation is not supported after starting the microVM.';
const BEFORE_START = 'The requested operation is not supported before starting the microVM.';
/** arch::CMDLINE_MAX_SIZE of x86_64, with its end. */
const MAX_COMMAND_LINE = 2048;
/** The command line where the boot source names none (docs, vmm_config/boot_source.rs). */
const DEFAULT_COMMAND_LINE =
  'reboot=k panic=1 nomodule 8250.nr_uarts=0 i8042.noaux i8042.nomux i8042.dumbkbd swiotlb=noforce';

export function createMachine(options: MachineOptions): Machine {
  let state: State = 'Not started';
  const resources = new Map<string, Fields>([['machine-config', { vcpu_count: 1, mem_size_mib: 128 }]]);
  const drives = new Map<string, Fields>();
  let vsock: Server | null = null;
  let metrics = false;
  const onHost = (path: unknown): string => `${options.root}${String(path)}`;

  const beforeStart = (): void => {
    if (state !== 'Not started') throw new Refusal(AFTER_START);
  };
  const check = (body: Body, value: unknown): Fields => {
    const fault = faultOf(body, value);
    if (fault) throw new Refusal(`An error occurred when deserializing the json body of a request: ${fault}.`);
    return value as Fields;
  };

  async function start(): Promise<void> {
    const source = resources.get('boot-source');
    if (!source) throw new Refusal('Start microvm error: Cannot start microvm without kernel configuration.');
    requireElf(onHost(source['kernel_image_path']));
    const config = resources.get('machine-config') as Fields;
    const device = resources.get('vsock');
    if (!device || !vsock) throw new Error('the stand-in boots guests with a vsock device only');
    // The device's back end binds the same socket: ours has only held its place.
    await new Promise((closed) => vsock?.close(closed));
    await options.boot({
      bus: options.pci ? 'pci' : 'mmio',
      cpus: Number(config['vcpu_count']),
      memoryMib: Number(config['mem_size_mib']),
      kernelPath: onHost(source['kernel_image_path']),
      initramfsPath: source['initrd_path'] ? onHost(source['initrd_path']) : null,
      commandLine: commandLine(source['boot_args'], options.pci),
      // Firecracker puts a root device first, wherever it stands.
      disks: [...drives.values()]
        .toSorted((one, other) => Number(other['is_root_device']) - Number(one['is_root_device']))
        .map((drive) => ({ path: onHost(drive['path_on_host']), readOnly: drive['is_read_only'] === true })),
      vsock: { cid: Number(device['guest_cid']), udsPath: onHost(device['uds_path']) },
      entropy: resources.has('entropy'),
    });
    state = 'Running';
  }

  const setters: Record<string, (id: string | undefined, value: unknown) => void | Promise<void>> = {
    'boot-source'(_, value) {
      const fields = check('boot-source', value);
      beforeStart();
      open(onHost(fields['kernel_image_path']), 'Boot source error: The kernel file cannot be opened');
      if (fields['initrd_path'])
        open(onHost(fields['initrd_path']), 'Boot source error: The initrd file cannot be opened');
      if (Buffer.byteLength(String(fields['boot_args'] ?? '')) >= MAX_COMMAND_LINE)
        throw new Refusal('Boot source error: The kernel command line is invalid: Invalid cmdline capacity provided.');
      resources.set('boot-source', fields);
    },
    drives(id, value) {
      if (!id) throw new Refusal('The ID cannot be empty.');
      if (!/^[\w]+$/.test(id))
        throw new Refusal('API Resource IDs can only contain alphanumeric characters and underscores.');
      const fields = check('drive', value);
      if (fields['drive_id'] !== id) throw new Refusal('The id from the path does not match the id from the body!');
      beforeStart();
      const path = fields['path_on_host'];
      if (typeof path !== 'string')
        throw new Refusal('Drive config error: Unable to create the virtio block device: Invalid block config.');
      open(onHost(path), 'Drive config error: Unable to create the virtio block device: Virtio backend error');
      drives.set(id, fields);
    },
    'machine-config'(_, value) {
      const fields = check('machine-config', value);
      beforeStart();
      resources.set('machine-config', evenCpus(fields));
    },
    async vsock(_, value) {
      const fields = check('vsock', value);
      beforeStart();
      const earlier = vsock;
      if (earlier) await new Promise((closed) => earlier.close(closed));
      vsock = await bind(onHost(fields['uds_path']));
      resources.set('vsock', fields);
    },
    entropy(_, value) {
      const fields = check('entropy', value);
      beforeStart();
      resources.set('entropy', fields);
    },
    serial(_, value) {
      check('serial', value);
      beforeStart();
    },
    logger(_, value) {
      const fields = check('logger', value);
      beforeStart();
      if (fields['log_path']) open(onHost(fields['log_path']), 'Logger error: Failed to open target file', 'a');
    },
    metrics(_, value) {
      const fields = check('metrics', value);
      beforeStart();
      const fault = 'Metrics error: Cannot initialize the metrics system due to bad user input';
      if (metrics) throw new Refusal(`${fault}: Reinitialization of metrics not allowed.`);
      open(onHost(fields['metrics_path']), fault, 'r+');
      metrics = true;
    },
    async actions(_, value) {
      const action = check('actions', value)['action_type'];
      if (action === 'InstanceStart') {
        beforeStart();
        await start();
      } else if (state === 'Not started') throw new Refusal(BEFORE_START);
    },
  };

  return {
    state: () => state,
    config: () => ({ ...Object.fromEntries(resources), drives: [...drives.values()] }),
    async put([name = '', id], value) {
      const set = Object.hasOwn(setters, name) ? setters[name] : undefined;
      if (!set) throw new Refusal(`Invalid request method and/or path: PUT ${name}.`);
      await set(id, value);
    },
    async patch([name = ''], value) {
      if (name === 'machine-config') {
        const fields = check('machine-config-update', value);
        beforeStart();
        resources.set('machine-config', evenCpus({ ...resources.get('machine-config'), ...fields }));
      } else if (name === 'vm') {
        const wanted = check('vm', value)['state'];
        if (state === 'Not started') throw new Refusal(BEFORE_START);
        state = wanted === 'Paused' ? 'Paused' : 'Running';
      } else throw new Refusal(`Invalid request method and/or path: PATCH ${name}.`);
    },
  };
}

function evenCpus(config: Fields): Fields {
  const count = Number(config['vcpu_count']);
  if (config['smt'] === true && count > 1 && count % 2 === 1)
    throw new Refusal(
      'Machine config error: The number of vCPUs must be greater than 0, less than 32 and must be 1 or an even number if SMT is enabled.',
    );
  return config;
}

const commandLine = (given: unknown, pci: boolean): string =>
  typeof given === 'string' ? given : `${DEFAULT_COMMAND_LINE}${pci ? '' : ' pci=off'}`;

function open(path: string, fault: string, flags = 'r'): void {
  try {
    closeSync(openSync(path, flags));
  } catch (error) {
    throw new Refusal(`${fault}: ${osError(error)}`);
  }
}

/** A compressed image is taken by the boot source and refused at the start. */
function requireElf(path: string): void {
  const magic = Buffer.alloc(4);
  const file = openSync(path, 'r');
  readSync(file, magic);
  closeSync(file);
  if (magic.toString('latin1') !== '\x7fELF')
    throw new Refusal(
      'Start microvm error: System configuration error: Cannot load kernel due to invalid memory configuration or invalid kernel image: Kernel Loader: failed to load ELF kernel image: Kernel Loader: Invalid Elf magic number',
    );
}

const bind = (path: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const fault =
      'Vsock config error: Cannot create backend for vsock device: Error binding to the host-side Unix socket';
    const server = createServer().unref();
    server.once('error', (error) => {
      // libuv says EACCES for a directory that is not there.
      const cause = existsSync(dirname(path)) ? error : { code: 'ENOENT' };
      reject(new Refusal(`${fault}: ${osError(cause)}`));
    });
    server.listen(path, () => resolve(server));
  });

/** As Rust's standard library words it. */
function osError(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const words: Record<string, string> = {
    ENOENT: 'No such file or directory (os error 2)',
    EACCES: 'Permission denied (os error 13)',
    EADDRINUSE: 'Address already in use (os error 98)',
  };
  return words[code ?? ''] ?? String(error);
}
