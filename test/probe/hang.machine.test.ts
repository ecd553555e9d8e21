/** What never answers: real programs that sleep, a real daemon's socket that says nothing, and this machine's KVM. */

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ISOLATION_FAMILIES, type IsolationType } from '../../src/model/isolation-types.ts';
import type { ProbeResult } from '../../src/model/probe.ts';
import { probeHost } from '../../src/probe/probe-host.ts';
import { envIn } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';

const TYPES = Object.keys(ISOLATION_FAMILIES) as IsolationType[];
const directory = mkdtempSync(join(tmpdir(), 'isogate-hang-'));
const programs = join(directory, 'bin');
const socketPath = join(directory, 'docker.sock');
const sockets = new Set<Socket>();
let daemon: Server;
const before = { PATH: process.env['PATH'], DOCKER_HOST: process.env['DOCKER_HOST'] };

beforeAll(async () => {
  // VMMs read their disks below it as users of their own.
  chmodSync(directory, 0o755);
  daemon = createServer((socket) => sockets.add(socket)).listen(socketPath);
});
afterAll(() => {
  for (const line of sleepers()) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
  for (const socket of sockets) socket.destroy();
  daemon.close();
  restore();
  rmSync(directory, { recursive: true, force: true });
});

function restore(): void {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

const NAMES = [
  ...['bwrap', 'runc', 'crun', 'docker', 'podman', 'runsc', 'kata-runtime', 'containerd-shim-kata-v2'],
  ...['qemu-system-x86_64', 'firecracker', 'jailer', 'cloud-hypervisor'],
];

/** Programs of these names before all others; `script` is given the name. */
function place(names: string[], script: (name: string) => string): void {
  rmSync(programs, { recursive: true, force: true });
  writeScripts(names, script);
  process.env['PATH'] = `${programs}:${before.PATH}`;
  process.env['DOCKER_HOST'] = `unix://${socketPath}`;
}

function writeScripts(names: string[], script: (name: string) => string): void {
  mkdirSync(programs, { recursive: true });
  for (const name of names) writeFileSync(join(programs, name), `#!/bin/sh\n${script(name)}\n`, { mode: 0o755 });
}

const cmdlines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`;
      } catch {
        return '';
      }
    });
/** Nobody else sleeps for this long. */
const NAP = '86399';
const sleepers = (): string[] => cmdlines().filter((line) => line.includes(`sleep ${NAP}`) || line.includes(programs));

async function probe(configText?: string) {
  const configPath = join(directory, 'isogate.yml');
  if (configText !== undefined) writeFileSync(configPath, configText);
  return probeHost({ configPath: configText === undefined ? null : configPath, fresh: true }, envIn(directory));
}

const reasonsOf = (isolations: ProbeResult[]): Record<string, string | null> =>
  Object.fromEntries(isolations.map(({ isolation, usable, reason }) => [isolation, usable ? null : reason]));

describe('a probe ends, and leaves nothing running, where', () => {
  afterEach(restore);

  it(
    'every program hangs whatever it is asked',
    async () => {
      place(NAMES, () => `trap '' TERM; sleep ${NAP}`);
      const { isolations } = await probe();
      expect(isolations.map(({ isolation }) => isolation)).toEqual(TYPES);
      const reasons = reasonsOf(isolations);
      expect(reasons['native']).toBeNull();
      for (const type of [
        'bubblewrap',
        'runc',
        'crun',
        'docker',
        'podman',
        'qemu-q35',
        'firecracker',
        'cloud-hypervisor',
      ])
        expect(reasons[type], type).toMatch(/` did not answer within 5 s$/);
      await expect.poll(sleepers).toEqual([]);
    },
    HOST_WAIT_MS,
  );

  it(
    'every program hangs once it has said its version',
    async (context) => {
      context.skip(!process.env['ISOGATE_FULL'], 'takes three quarters of a minute; part of npm run test:full');
      place(
        NAMES,
        (name) => `case "$1" in --version) echo ${name} version 99.9.9; exit 0;; esac; trap '' TERM; sleep ${NAP}`,
      );
      const { isolations } = await probe();
      const reasons = reasonsOf(isolations);
      expect(reasons['native']).toBeNull();
      for (const type of ['bubblewrap', 'runc', 'qemu-q35', 'qemu-microvm', 'firecracker', 'cloud-hypervisor'])
        expect(reasons[type], type).toMatch(/not ready within|did not connect within|no answer within/);
      expect(reasons['podman']).toContain('podman did not answer `info` within 10 s');
      await expect.poll(sleepers).toEqual([]);
    },
    HOST_WAIT_MS,
  );

  it(
    'a daemon takes connections and says nothing, and KVM opens and boots nothing',
    async () => {
      place([], () => '');
      const vms = 'qemu-microvm: {}, qemu-q35: {}, on-kvm: { type: gvisor, platform: kvm }';
      const { isolations } = await probe(`name: hang
functions: { none: { command: ["none"] } }
isolations: { native: {}, runc: {}, docker: {}, ${vms} }
`);
      const reasons = reasonsOf(isolations);
      expect([reasons['native'], reasons['runc']]).toEqual([null, null]);
      expect(reasons['docker']).toMatch(/docker is not installed|The Docker daemon hangs|did not answer/i);
      // Where KVM works, so do they.
      for (const type of ['qemu-microvm', 'qemu-q35'])
        if (reasons[type] !== null) expect(reasons[type], type).toMatch(/^(there is no )?\/dev\/kvm /);
      await expect.poll(sleepers).toEqual([]);
    },
    HOST_WAIT_MS,
  );
});
