import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { installCommand, isOlder, requireCommand, requireDaemon } from '../../src/isolation/requirements.ts';
import { absentKvm, deniedDevice, requireKvm } from '../../src/isolation/vm/require-device.ts';
import { askCommand } from '../../src/lib/run-tool.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-require-'));
afterAll(() => rmSync(directory, { recursive: true }));

const program = (name: string, script: string): string => {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
};

describe('a program', () => {
  it('says its version', async () => {
    const command = program('good', 'echo "good version 1.2.3 (build 7)"; echo more');
    expect(await requireCommand({ what: 'Good', command, atLeast: '1.2' })).toEqual({
      ...{ version: 'good version 1.2.3 (build 7)', missing: null },
    });
  });

  it('says it on the other stream', async () => {
    const command = program('err', 'echo "err 2" >&2');
    expect(await requireCommand({ what: 'Err', command })).toEqual({ version: 'err 2', missing: null });
  });

  it('is too old: which it is, which it takes, and how to get it', async () => {
    const command = program('old', 'echo old version 1.2.3');
    expect(await requireCommand({ what: 'Old', command, atLeast: '1.10', fix: 'get a new one' })).toEqual({
      version: 'old version 1.2.3',
      missing: { reason: 'Old is too old: old version 1.2.3; needed: 1.10 or newer', fix: 'get a new one' },
    });
  });

  it('is not there', async () => {
    const { missing } = await requireCommand({ what: 'Absent', command: join(directory, 'absent'), package: 'absent' });
    expect(missing).toEqual({ reason: 'Absent is not installed', fix: installCommand('absent') });
  });

  it('is broken: its own words', async () => {
    const command = program('broken', 'echo "libx.so: cannot open" >&2; echo more >&2; exit 127');
    expect(await requireCommand({ what: 'Broken', command })).toEqual({
      version: null,
      missing: { reason: `\`${command} --version\` ended with 127: libx.so: cannot open`, fix: null },
    });
  });

  it('that neither answers nor minds signals is killed with what it started', async () => {
    const command = program('silent', "trap '' TERM; sleep 86398");
    expect(await askCommand(command, ['--version'], { timeoutMs: 300 })).toEqual({ outcome: 'silent', afterMs: 300 });
    const left = () => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && argv(pid).includes('sleep 86398'));
    await expect.poll(left).toEqual([]);
  });

  it('that leaves a child behind with its output open has answered', async () => {
    const command = program('forks', 'sleep 86397 & echo forks 3');
    expect(await askCommand(command, [])).toMatchObject({ outcome: 'answered', stdout: 'forks 3' });
  });

  it('that says too much is cut', async () => {
    const command = program('talks', 'head -c 200000 /dev/zero | tr "\\0" x');
    const answer = await askCommand(command, [], { maxBytes: 1000 });
    expect(answer).toEqual({ outcome: 'answered', stdout: 'x'.repeat(1000), stderr: '' });
  });
});

const argv = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
};

it.each([
  ['runc version 1.1.5+ds1', '1.1', false],
  ['runc version 1.0.3', '1.1', true],
  ['QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)', '7.2', false],
  ['QEMU emulator version 7.2.22', '7.2.23', true],
  ['crun version 1.8.1', '1.10', true],
  ['cloud-hypervisor v35.0', '35', false],
  ['version 35', '36.0', false],
  ['v2', '2.0', false],
])('%j is older than %s: %j', (version, floor, older) => {
  expect(isOlder(version, floor)).toBe(older);
});

it.each([
  ['ID=debian\nVERSION_ID="12"\n', 'sudo apt-get install -y runc'],
  ['ID="linuxmint"\nID_LIKE="ubuntu debian"\n', 'sudo apt-get install -y runc'],
  ['ID=fedora\n', "install runc (Debian's name of the package) with this system's package manager"],
])('on %j the command is %j', (osRelease, command) => {
  expect(installCommand('runc', osRelease)).toBe(command);
});

const BARE = 'flags\t\t: fpu sse2';
describe('/dev/kvm', () => {
  it.each([
    [`${BARE} vmx`, false, /module is not loaded$/, 'sudo modprobe kvm_intel'],
    [`${BARE} svm`, false, /module is not loaded$/, 'sudo modprobe kvm_amd'],
    [`${BARE} vmx`, true, /this is a container without the device$/, 'start this container with --device /dev/kvm'],
    [
      `${BARE} hypervisor`,
      false,
      /a virtual one without nested virtualisation$/,
      'turn on nested virtualisation for this machine at its provider, or use a bare-metal machine',
    ],
    [BARE, false, /the CPU offers no virtualisation$/, 'turn on VT-x or AMD-V (SVM) in the firmware'],
  ])('that is not there, with %j and a module: %j', (cpuinfo, loaded, reason, fix) => {
    expect(absentKvm(cpuinfo, loaded)).toEqual({ reason: expect.stringMatching(reason), fix });
  });

  it('that belongs to group kvm asks for membership', () => {
    expect(deniedDevice('kvm', { error: 'EACCES', mode: 0o20660, gid: 106 }, 106, 'ci')).toEqual({
      reason: '/dev/kvm (mode 0660, group 106) belongs to group kvm, and ci is not in it',
      fix: 'sudo usermod -aG kvm ci  # then log in again',
    });
  });

  it('that belongs to root asks for a rule, and never for the world', () => {
    const { reason, fix } = deniedDevice('kvm', { error: 'EACCES', mode: 0o20600, gid: 0 }, 106, 'ci');
    expect(reason).toBe('/dev/kvm (mode 0600, group 0) does not open for ci');
    expect(fix).toBe(
      `echo 'KERNEL=="kvm", GROUP="kvm", MODE="0660"' | sudo tee /etc/udev/rules.d/60-isogate-kvm.rules && sudo udevadm control --reload && sudo udevadm trigger --name-match=kvm && sudo usermod -aG kvm ci  # then log in again`,
    );
    expect(fix).not.toContain('0666');
  });

  it('that a container forbids', () => {
    const { fix } = deniedDevice('kvm', { error: 'EPERM', mode: 0o20660, gid: 106 }, 106, 'root');
    expect(fix).toBe('start this container with --device /dev/kvm; outside of one, stop the other hypervisor');
  });

  const machine = (name: string, files: Record<string, string>): string => {
    const root = join(directory, name);
    mkdirSync(root);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  };

  it('is found by the files of a machine', async () => {
    expect(await requireKvm(machine('with', { 'dev/kvm': '' }))).toBeNull();
    expect(await requireKvm(machine('without', { 'proc/cpuinfo': `${BARE} svm\n` }))).toMatchObject({
      fix: 'sudo modprobe kvm_amd',
    });
    expect(
      await requireKvm(machine('boxed', { 'proc/cpuinfo': `${BARE} vmx\n`, 'sys/module/kvm_intel/x': '' })),
    ).toMatchObject({ fix: 'start this container with --device /dev/kvm' });
  });
});

describe('a daemon', () => {
  const need = (socketPath: string) => ({ what: 'the Docker daemon', socketPath, unit: 'docker', group: 'docker' });

  it('that takes a connection is there', async () => {
    const socketPath = join(directory, 'up.sock');
    const server = createServer((socket) => socket.resume()).listen(socketPath);
    try {
      expect(await requireDaemon(need(socketPath))).toBeNull();
    } finally {
      server.close();
    }
  });

  it('is not running', async () => {
    const socketPath = join(directory, 'none.sock');
    expect(await requireDaemon(need(socketPath))).toEqual({
      reason: `the Docker daemon is not running: there is no ${socketPath}`,
      fix: 'sudo systemctl start docker',
    });
  });

  it('has left its socket behind', async () => {
    const socketPath = join(directory, 'dead.sock');
    writeFileSync(socketPath, '');
    chmodSync(socketPath, 0o600);
    expect(await requireDaemon(need(socketPath))).toEqual({
      reason: `the Docker daemon is not running: ${socketPath} takes no connection (ECONNREFUSED)`,
      fix: 'sudo systemctl start docker',
    });
  });
});
