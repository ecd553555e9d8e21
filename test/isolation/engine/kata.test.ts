import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createIsolation } from '../../../src/isolation/create-isolation.ts';
import { parseKataEnv, parseKataVersion, unfitHost, unsuitableKata } from '../../../src/isolation/engine/kata-info.ts';
import { engineRules } from '../../../src/isolation/evidence/engine-rules.ts';
import { isolationConfig } from '../../support/null-bench.ts';

/** In the form of kata-runtime's EnvInfo, format 1.0.27; keys that are not read are left out. */
const ENV = {
  Meta: { Version: '1.0.27' },
  Kernel: { Path: '/opt/kata/share/kata-containers/vmlinux.container', Parameters: 'quiet' },
  Hypervisor: {
    MachineType: 'q35',
    Version: 'QEMU emulator version 9.1.2\nCopyright',
    Path: '/opt/kata/bin/qemu-system-x86_64',
  },
  Runtime: {
    Path: '/opt/kata/bin/kata-runtime',
    Version: { OCI: '1.2.1', Version: { Semver: '3.29.0', Commit: 'abc' } },
  },
  Host: { Kernel: '6.1.0', VMContainerCapable: true, SupportVSocks: true },
};

describe('what Kata Containers says of itself', () => {
  it.each([
    ['Kata Containers containerd shim (Golang): id: "io.containerd.kata.v2", version: 3.29.0, commit: abc', '3.29.0'],
    [
      'Kata Containers containerd shim (Rust): id: io.containerd.kata.v2, version: 3.31.0-rc1, commit: abc',
      '3.31.0-rc1',
    ],
    ['kata-runtime  : 3.2.0\n   commit   : 3.2.0-abc\n   OCI specs: 1.1.0-rc.1', '3.2.0'],
    ['  : 2.0.3\n', '2.0.3'],
    ['no version', null],
  ])('version of %j is %j', (text, version) => {
    expect(parseKataVersion(text)).toBe(version);
  });

  it('its environment', () => {
    expect(parseKataEnv(JSON.stringify(ENV))).toEqual({
      ...{ version: '3.29.0', hypervisor: 'qemu-system-x86_64', canRunVms: true },
      hypervisorVersion: 'QEMU emulator version 9.1.2',
    });
    expect(parseKataEnv('{}')).toBeNull();
    expect(parseKataEnv('level=error msg="cannot load config"')).toBeNull();
  });

  it('a host that it finds unfit', () => {
    const env = parseKataEnv(JSON.stringify({ ...ENV, Host: { VMContainerCapable: false } }));
    expect(env && unfitHost(env)).toEqual({
      reason: 'Kata Containers 3.29.0 finds this host unable to run its VMs under qemu-system-x86_64',
      fix: 'sudo /opt/kata/bin/kata-runtime check --verbose  # says what is missing',
    });
  });

  it.each([
    ['3.2.0', '20.10.24+dfsg1', null],
    ['3.29.0', '26.0.0', null],
    ['3.30.1', '28.2.2', null],
    [null, '28.2.2', null],
    [
      '3.28.0',
      '28.2.2',
      'Kata Containers 3.28.0 does not work under Docker 28.2.2: from 26.0 on it needs 3.29.0 or newer',
    ],
  ])('%s under Docker %s', (version, docker, reason) => {
    expect(unsuitableKata(version, docker)?.reason ?? null).toBe(reason);
  });
});

describe('evidence of a VM', () => {
  const host = { bootId: 'host-boot', kernelRelease: '6.1.0', namespaces: {}, mitigations: {} };
  const seen = {
    ...{ runtime: 'io.containerd.kata.v2', runtime_kind: 'vm', image: 'imported', shim_in_cgroup: 'true' },
  };
  const inside = { boot_id: 'other', kernel_release: '6.12.1', hypervisor: 'true', uid: '1900000000' };
  const contradictions = (over: Record<string, string>, of: 'host' | 'guest'): (string | null)[] =>
    engineRules('io.containerd.kata.v2', 2 ** 28)
      .map((rule) =>
        rule(
          { host: { ...seen, ...(of === 'host' && over) }, guest: { ...inside, ...(of === 'guest' && over) } },
          host,
        ),
      )
      .filter(Boolean);

  it('holds for a kernel of its own under a hypervisor', () => {
    expect(contradictions({}, 'host')).toEqual([]);
  });

  it.each([
    ['guest', { boot_id: 'host-boot' }, /^guest evidence boot_id/],
    [
      'guest',
      { kernel_release: '6.1.0' },
      /^guest evidence kernel_release is "6.1.0", expected one that is not the host’s$/,
    ],
    ['guest', { hypervisor: 'false' }, /^guest evidence hypervisor is "false"/],
    ['host', { shim_in_cgroup: 'false' }, /^host evidence shim_in_cgroup/],
    ['host', { runtime: 'runc' }, /^host evidence runtime is "runc", expected "io.containerd.kata.v2"$/],
  ] as const)('%s %j contradicts', (of, over, expected) => {
    expect(contradictions(over, of)).toEqual([expect.stringMatching(expected)]);
  });

  it('a container on the host’s kernel that calls itself Kata contradicts', () => {
    expect(contradictions({ runtime_kind: 'container' }, 'host')).toContain(
      'host evidence runtime_kind is "container", expected "vm", as "io.containerd.kata.v2" says to be',
    );
  });
});

it.each([null, 'kata'])('it says that it is not installed (runtime %j)', async (runtime) => {
  // It looks there too, whatever PATH says.
  if (existsSync('/opt/kata')) return;
  const before = process.env['PATH'];
  process.env['PATH'] = '/usr/bin:/bin';
  try {
    expect(await createIsolation({ ...isolationConfig('kata'), runtime }).probe()).toMatchObject({
      reason: 'Kata Containers is not installed: there is no containerd-shim-kata-v2 on PATH or in /opt/kata/bin',
      fix: expect.stringContaining('/opt/kata'),
    });
  } finally {
    process.env['PATH'] = before;
  }
});
