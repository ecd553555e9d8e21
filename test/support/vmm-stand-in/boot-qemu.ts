/**
 * What stands behind a stand-in VMM: a guest that really boots, with the kernel, initramfs, command line and disks that
 * the VMM was told, under emulated QEMU, with a real virtio-vsock device. The device's back end offers the same sockets
 * on the host as Firecracker's and Cloud Hypervisor's: `UDS` for the host to dial, `UDS_PORT` for the guest.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tools } from './tools.ts';

export interface Guest {
  bus: 'mmio' | 'pci';
  cpus: number;
  memoryMib: number;
  kernelPath: string;
  initramfsPath: string | null;
  commandLine: string;
  disks: { path: string; readOnly: boolean }[];
  vsock: { cid: number; udsPath: string };
  entropy: boolean;
  /** A VMM that starts a guest anew when it reboots; left out, it ends then. */
  restarts?: boolean;
  /** Called when the guest writes a byte at the address of Firecracker's boot timer, where this machine has nothing. */
  onBootTimer?: () => void;
}

export interface BootedGuest {
  /** Resolves when QEMU has ended, by itself or by `kill`; the back end of the vsock device is gone then too. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; words: string }>;
  kill(): void;
}

const BACKEND_MS = 5_000;

/** Nothing of it outlives the caller's process, however that ends. @throws Error when the vsock back end does not start */
export async function bootGuest(guest: Guest, tools: Tools): Promise<BootedGuest> {
  const vhostSocket = `${guest.vsock.udsPath}.vhost`;
  const backend = spawnMortal(tools, [
    tools.vhostVsock,
    '--vm',
    `guest-cid=${guest.vsock.cid},socket=${vhostSocket},uds-path=${guest.vsock.udsPath}`,
  ]);
  const backendWords = wordsOf(backend);
  for (const end = Date.now() + BACKEND_MS; !existsSync(vhostSocket); await sleep(1))
    if (backend.exitCode !== null || Date.now() > end) {
      backend.kill('SIGKILL');
      throw new Error(`the back end of the vsock device did not start: ${backendWords()}`);
    }
  const qemu = spawnMortal(tools, [tools.qemu, ...qemuArgs(guest, vhostSocket, tools.tscKhz)]);
  const words = wordsOf(qemu);
  if (guest.onBootTimer) watchBootTimer(qemu, guest.onBootTimer);
  return {
    ended: new Promise((resolve) => {
      qemu.once('close', (code, signal) => {
        backend.kill('SIGKILL');
        resolve({ code, signal, words: words() });
      });
    }),
    kill() {
      qemu.kill('SIGKILL');
      backend.kill('SIGKILL');
    },
  };
}

/** A stand-in that is killed takes these with it: Node has no way to ask for that, setpriv has. */
const spawnMortal = (tools: Tools, command: string[]): ChildProcess =>
  spawn(tools.setpriv, ['--pdeathsig', 'KILL', '--', ...command], {
    env: { PATH: '/usr/bin:/bin', RUST_LOG: 'error' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

function wordsOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('utf8')).slice(-2_000);
    });
  return () => text.trim();
}

function watchBootTimer(qemu: ChildProcess, onBootTimer: () => void): void {
  let text = '';
  const look = (chunk: Buffer): void => {
    text = (text + chunk.toString('utf8')).slice(-2_000);
    if (!/Invalid write at addr 0xC0000000, size 1\b/i.test(text)) return;
    qemu.stderr?.off('data', look);
    onBootTimer();
  };
  qemu.stderr?.on('data', look);
}

/**
 * The end of the command line is ours, as a VMM's own additions are: QEMU's microvm has no keyboard controller to reboot
 * by and ends on a triple fault, and an emulated guest must be told its clock rate.
 */
const additions = (tscKhz: number): string => `reboot=t tsc_early_khz=${tscKhz}`;

function qemuArgs(guest: Guest, vhostSocket: string, tscKhz: number): string[] {
  const device = guest.bus === 'pci' ? 'pci' : 'device';
  const machine = guest.bus === 'pci' ? 'q35' : 'microvm,acpi=on,x-option-roms=off,isa-serial=off';
  return [
    '-name',
    'isogate-stand-in',
    '-machine',
    `${machine},memory-backend=memory`,
    '-accel',
    // Its translated code is charged to the instance, whose limit is made for VMMs that translate nothing.
    'tcg,tb-size=64',
    ...(guest.bus === 'pci' ? [] : ['-bios', 'qboot.rom']),
    '-cpu',
    'max',
    '-smp',
    String(guest.cpus),
    '-m',
    `${guest.memoryMib}M`,
    // The back end reads and writes the queues in the guest's memory.
    '-object',
    `memory-backend-memfd,id=memory,size=${guest.memoryMib}M,share=on`,
    '-nodefaults',
    '-no-user-config',
    '-nographic',
    ...(guest.onBootTimer ? ['-d', 'guest_errors'] : []),
    ...(guest.restarts ? [] : ['-no-reboot']),
    '-kernel',
    guest.kernelPath,
    ...(guest.initramfsPath === null ? [] : ['-initrd', guest.initramfsPath]),
    '-append',
    `${guest.commandLine} ${additions(tscKhz)}`,
    ...guest.disks.flatMap(({ path, readOnly }, index) => [
      '-drive',
      `id=disk${index},file=${path},format=raw,if=none,readonly=${readOnly ? 'on' : 'off'}`,
      '-device',
      `virtio-blk-${device},drive=disk${index}`,
    ]),
    ...(guest.entropy ? ['-device', `virtio-rng-${device}`] : []),
    '-chardev',
    `socket,id=vsock,path=${vhostSocket}`,
    '-device',
    `vhost-user-vsock-${device},chardev=vsock`,
  ];
}
