import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { explainDocker, parseDockerInfo, unsuitable } from '../../src/isolation/engine/docker-info.ts';
import {
  cgroupParent,
  imageReference,
  isInSlice,
  runArgs,
  runSlicePath,
} from '../../src/isolation/engine/engine-args.ts';
import { kindOfName, parseInspect, shimOf } from '../../src/isolation/engine/engine-inspect.ts';
import { explainPodman, parsePodmanInfo } from '../../src/isolation/engine/podman-info.ts';

const RUN = '20261123110000-abc123';

describe('argument vectors of engines', () => {
  it('run', () => {
    const args = runArgs({
      ...{ runId: RUN, instanceId: `${RUN}-0`, image: 'IMAGE', cpuset: [1, 3], cgroupParent: '/P', runtime: 'crun' },
      process: {
        args: ['/a', 'exec', '--', '/f'],
        env: { HOME: '/tmp', TZ: 'UTC' },
        cwd: '/w',
        uid: 5,
        gid: 6,
        tmpBytes: 2 ** 20,
      },
      resources: { cpus: 2, memoryBytes: 1024, guestOverheadBytes: 0, tmpBytes: 512 * 2 ** 20 },
      ...{ seccompFile: '/s.json', extra: ['--extra'] },
    });
    expect(args.join(' ')).toBe(
      'run --interactive --attach stdin --attach stdout --attach stderr --sig-proxy=false --pull never ' +
        `--name isogate-${RUN}-0 --label isogate.run=${RUN} --label isogate.instance=${RUN}-0 --runtime crun ` +
        '--network none --ipc private --userns host --hostname function --user 5:6 --workdir /w --read-only ' +
        '--tmpfs /tmp:rw,exec,nosuid,nodev,mode=1777,size=1048576 --security-opt no-new-privileges ' +
        '--security-opt seccomp=/s.json --ulimit nofile=1024:4096 --pids-limit 1024 --memory 1024 --memory-swap 1024 ' +
        '--cpuset-cpus 1,3 --cgroup-parent /P --log-driver none --extra --env HOME=/tmp --env TZ=UTC ' +
        '--entrypoint /a IMAGE exec -- /f',
    );
  });

  it('names that carry the run', () => {
    expect(imageReference(RUN, `sha256:${'ab'.repeat(32)}`)).toBe(`localhost/isogate/${RUN}:${'ab'.repeat(16)}`);
    expect(cgroupParent('cgroupfs', RUN, `${RUN}-7`)).toBe(`/isogate/${RUN}/${RUN}-7`);
    // systemd puts the slice isogate-A-B.slice into isogate.slice/isogate-A.slice.
    expect(cgroupParent('systemd', RUN, `${RUN}-7`)).toBe(
      'isogate-20261123110000_abc123-20261123110000_abc123_7.slice',
    );
    expect(runSlicePath(RUN)).toBe('isogate.slice/isogate-20261123110000_abc123.slice');
  });
});

describe('docker info', () => {
  const INFO = {
    ...{ ServerVersion: '28.1.0', OSType: 'linux', CgroupDriver: 'systemd', DefaultRuntime: 'runc', MemoryLimit: true },
    Runtimes: { runc: {}, 'io.containerd.runc.v2': {}, runsc: {} },
    SecurityOptions: ['name=seccomp,profile=builtin'],
  };
  const info = (over: object = {}) => {
    const parsed = parseDockerInfo(JSON.stringify({ ...INFO, ...over }));
    if (!parsed) throw new Error('not parsed');
    return parsed;
  };

  it('is read', () => {
    expect(info()).toEqual({
      ...{ version: '28.1.0', os: 'linux', cgroupDriver: 'systemd', defaultRuntime: 'runc', rootless: false },
      ...{ runtimes: ['io.containerd.runc.v2', 'runc', 'runsc'], limitsMemory: true },
    });
    expect(parseDockerInfo('{"ServerErrors":["Cannot connect"]}')).toBeNull();
    expect(parseDockerInfo('')).toBeNull();
  });

  it.each([
    [{}, null, null],
    [{}, 'runsc', null],
    [{}, 'io.containerd.kata.v2', null],
    [{}, '/opt/crun', null],
    [{}, 'crun', 'the Docker daemon knows no runtime "crun"; it knows: runc, runsc'],
    [{ OSType: 'windows' }, null, 'the Docker daemon runs windows containers'],
    [
      { SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless'] },
      null,
      'the Docker daemon is rootless: its containers cannot be put into the cgroups that measure them',
    ],
    [{ MemoryLimit: false }, null, 'the Docker daemon cannot limit memory: no memory controller'],
  ])('%j with runtime %j', (over, runtime, reason) => {
    expect(unsuitable(info(over), runtime)?.reason ?? null).toBe(reason);
  });

  it.each([
    [
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
      'unix:///s does not open: permission denied',
      'sudo usermod -aG docker "$USER"  # then log in again',
    ],
    [
      'Cannot connect to the Docker daemon at unix:///s. Is the docker daemon running?',
      'the Docker daemon is not running at unix:///s',
      'sudo systemctl start docker',
    ],
    ['something else', 'docker info: something else', null],
  ])('%j is explained', (words, reason, fix) => {
    const answer = { ok: false, stdout: '', problem: words, isSilent: false } as const;
    expect(explainDocker(answer, 'unix:///s')).toEqual({ reason, fix });
  });

  it('a daemon that does not answer hangs, whatever the words are', () => {
    const answer = { ok: false, stdout: '', problem: 'words', isSilent: true } as const;
    expect(explainDocker(answer, 'unix:///s')).toEqual({
      reason: 'the Docker daemon hangs: words',
      fix: 'sudo systemctl restart docker',
    });
  });
});

describe('podman info', () => {
  it('is read', () => {
    const ociRuntime = { name: 'crun', path: '/usr/bin/crun', version: 'crun version 1.8.1\ncommit: f8a' };
    expect(parsePodmanInfo(JSON.stringify({ host: { ociRuntime } }))).toEqual({
      ...{ runtimePath: '/usr/bin/crun', runtimeVersion: 'crun version 1.8.1' },
    });
    expect(parsePodmanInfo('{"host":{"ociRuntime":{"name":"","path":""}}}')).toBeNull();
    expect(parsePodmanInfo('Error')).toBeNull();
  });

  it('complaints are explained', () => {
    expect(explainPodman('Error: default OCI runtime "nosuch" not found: invalid argument', 'nosuch').reason).toBe(
      'podman finds no runtime "nosuch": Error: default OCI runtime "nosuch" not found: invalid argument',
    );
  });
});

describe('inspect', () => {
  const State = { Pid: 7, StartedAt: '2026-11-23T10:55:03.330330748Z', ExitCode: 137, OOMKilled: true };

  it('of Docker', () => {
    const answer = [{ Id: 'c', Image: 'sha256:i', State, HostConfig: { Runtime: 'runc' } }];
    expect(parseInspect(JSON.stringify(answer))).toEqual({
      ...{ id: 'c', pid: 7, startedAtMs: Date.UTC(2026, 10, 23, 10, 55, 3, 330), ranOutOfMemory: true },
      ...{ runtime: 'runc', imageId: 'i', exitCode: 137 },
    });
  });

  it('of Podman', () => {
    const answer = [{ Id: 'c', Image: 'i', State, HostConfig: { Runtime: 'oci' }, OCIRuntime: '/usr/bin/runc' }];
    expect(parseInspect(JSON.stringify(answer))).toMatchObject({ runtime: '/usr/bin/runc', imageId: 'i' });
  });

  it.each(['', '[]', '{}', '[{"Id":"c"}]'])('%j is no answer', (text) => {
    expect(parseInspect(text)).toBeNull();
  });
});

it.each([
  ['runc', 'container'],
  ['/usr/bin/crun', 'container'],
  ['io.containerd.runc.v2', 'container'],
  ['runsc-kvm', 'sandbox'],
  ['gvisor', 'sandbox'],
  ['io.containerd.kata.v2', 'vm'],
])('a runtime called %s has to be a %s', (name, kind) => {
  expect(kindOfName(name)).toBe(kind);
});

it.each([
  [`isogate.slice/isogate-20261123110000_abc123.slice/isogate-x.slice/docker-1.scope`, true],
  ['isogate.slice/isogate-20261123110000_abc123.slice/../../system.slice/ssh.service', false],
  ['system.slice/actions.runner.acme-isogate.service', false],
  ['isogate.slice/isogate-20261123110000_other.slice/docker-1.scope', false],
  ['user.slice', false],
])('what the sweep of a run may kill: %s is %s', (path, ours) => {
  expect(isInSlice(path, RUN)).toBe(ours);
});

describe('a container’s shim', () => {
  const ID = 'f'.repeat(63) + String(process.pid % 10);
  const started: ChildProcess[] = [];
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });
  /** With a child of its own, which stands for the container's first process. */
  async function monitor(name: string, args: string[], uid?: number): Promise<{ pid: number; inside: number }> {
    const script = 'sleep 60 & echo $!; wait';
    const child = spawn('/bin/sh', ['-c', script, 'x', ...args], {
      ...{ argv0: name, stdio: ['ignore', 'pipe', 'ignore'] },
      ...(uid !== undefined && { uid, gid: uid }),
    });
    started.push(child);
    const [chunk] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    return { pid: child.pid ?? 0, inside: Number(chunk.toString()) };
  }

  it('is the parent that has the container’s id', async () => {
    const shim = await monitor('/usr/bin/containerd-shim-runc-v2', ['-namespace', 'moby', '-id', ID]);
    expect(await shimOf({ id: ID, pid: shim.inside })).toBe(shim.pid);
    process.kill(shim.inside);
  });

  it('is not another container’s, whose process has got the pid', async () => {
    const other = await monitor('/usr/bin/containerd-shim-runc-v2', ['-namespace', 'moby', '-id', 'e'.repeat(64)]);
    expect(await shimOf({ id: ID, pid: other.inside })).toBeNull();
    process.kill(other.inside);
  });
});
