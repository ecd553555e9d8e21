import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cgroupHierarchies, createCgroup } from '../../../src/host/cgroup.ts';
import { type HostLock, takeHostLock } from '../../../src/host/host-lock.ts';
import { listRuns, ownerLives, registerRun, STATE_ROOT } from '../../../src/host/run-registry.ts';
import { removeRun, sweep } from '../../../src/isolation/cleanup/sweep.ts';
import { recordEngine } from '../../../src/isolation/engine/engine-client.ts';
import { HOST_WAIT_MS } from '../../support/host-wait.ts';
import { leftovers } from '../../support/leftovers.ts';

// Whoever measures next sweeps: not before these tests are done.
let lock: HostLock;
beforeAll(async () => {
  lock = await takeHostLock(() => {}, new AbortController().signal);
}, HOST_WAIT_MS);
afterAll(() => lock.release());

const made: string[] = [];
const sleepers: ChildProcess[] = [];
afterEach(async () => {
  for (const child of sleepers.splice(0)) child.kill('SIGKILL');
  for (const runId of made.splice(0)) {
    await removeRun(runId);
    expect(leftovers(runId)).toEqual([]);
  }
});

let names = 0;
const newId = (): string => {
  const runId = `20010203040506-test${process.pid}${names++}`;
  made.push(runId);
  return runId;
};

const OWN = { pid: process.pid, startTime: startTimeOf('self'), bootId: bootId() };

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
/** Field 22 of /proc/PID/stat; none before it holds a space in the tests' own process. */
function startTimeOf(pid: string): string {
  return (
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/\(.*\)/s, 'name')
      .split(' ')[21] ?? ''
  );
}

/** A run's directory as a run makes it, with a socket's place and an instance in it. */
function makeRun(owner: unknown): string {
  const runId = newId();
  mkdirSync(join(STATE_ROOT, runId, `${runId}-0`), { recursive: true });
  writeFileSync(join(STATE_ROOT, runId, `${runId}-0`, 'config.json'), '{}');
  if (owner !== undefined)
    writeFileSync(join(STATE_ROOT, runId, 'owner.json'), typeof owner === 'string' ? owner : JSON.stringify(owner));
  return runId;
}

/** A process in a cgroup of that run, one that ignores what it can. */
async function sleepIn(runId: string): Promise<ChildProcess> {
  const cgroup = await createCgroup(runId, `${runId}-0`, { cpuset: [0], memoryBytes: null });
  const child = spawn('sh', ['-c', 'trap "" TERM INT HUP; echo ready; while :; do sleep 1; done'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  for (const file of cgroup.procsFiles) writeFileSync(file, String(child.pid));
  expect(await cgroup.pids()).toContain(child.pid);
  sleepers.push(child);
  return child;
}

describe('a registered run', () => {
  it('is known by its owner, and alive with it', async () => {
    const run = await registerRun();
    made.push(run.runId);
    expect(run.runId).toMatch(/^\d{14}-[0-9a-f]{6}$/);
    expect(run.directory).toBe(`/run/isogate/${run.runId}`);
    expect(JSON.parse(readFileSync(join(run.directory, 'owner.json'), 'utf8'))).toEqual({
      ...OWN,
      pidNamespace: readlinkSync('/proc/self/ns/pid'),
    });
    expect(await listRuns()).toContain(run.runId);
    expect(await ownerLives(run.runId)).toBe(true);
    await run.release();
    expect(existsSync(run.directory)).toBe(false);
    expect(await listRuns()).not.toContain(run.runId);
  });

  it('has an id of its own', async () => {
    const runs = [await registerRun(), await registerRun()];
    made.push(...runs.map(({ runId }) => runId));
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(2);
    for (const run of runs) await run.release();
  });
});

describe('whose owner lives', () => {
  it.each([
    ['this process', OWN, true],
    ['a process with this id that started at another time', { ...OWN, startTime: '1' }, false],
    ['a process of an earlier boot', { ...OWN, bootId: '00000000-0000-0000-0000-000000000000' }, false],
    ['a process id that nobody has', { ...OWN, pid: 2 ** 22 + 1 }, false],
    ['a process of another process namespace, which cannot be seen', { ...OWN, pid: 1, pidNamespace: 'pid:[1]' }, true],
    ['nobody', undefined, false],
    ['half a file', '{"pid":1', false],
    ['something else', '{"pid":"1"}', false],
  ])('%s', async (_, owner, lives) => {
    expect(await ownerLives(makeRun(owner))).toBe(lives);
  });

  it('a run that is being born is spared for a while', async () => {
    const nascent = `.${newId()}`;
    made.splice(-1, 1, nascent);
    mkdirSync(join(STATE_ROOT, nascent));
    expect(await ownerLives(nascent)).toBe(true);
    const past = Date.now() / 1000 - 60;
    utimesSync(join(STATE_ROOT, nascent), past, past);
    expect(await ownerLives(nascent)).toBe(false);
  });
});

describe('the sweep', () => {
  it('removes files, cgroups and processes of dead runs, and touches none of a living one', async () => {
    const dead = makeRun({ ...OWN, startTime: '1' });
    const deadProcess = await sleepIn(dead);
    const outlived = newId();
    const cgroupOnly = await sleepIn(outlived);
    const alive = makeRun(OWN);
    const aliveProcess = await sleepIn(alive);

    const lines: string[] = [];
    const swept = await sweep((line) => lines.push(line));
    expect(swept.removed).toEqual(expect.arrayContaining([dead, outlived]));
    expect(swept.removed).not.toContain(alive);
    expect(swept.alive).toContain(alive);
    for (const runId of [dead, outlived]) {
      expect(leftovers(runId)).toEqual([]);
      expect(lines).toContain(`cleaning up after run ${runId}, whose owner is gone`);
    }
    for (const child of [deadProcess, cgroupOnly]) {
      if (child.signalCode === null) await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');
    }

    expect(aliveProcess.exitCode ?? aliveProcess.signalCode).toBeNull();
    process.kill(aliveProcess.pid as number, 0);
    expect(existsSync(join(STATE_ROOT, alive, `${alive}-0`, 'config.json'))).toBe(true);
    for (const root of await cgroupHierarchies())
      if (existsSync(join(root, 'isogate'))) expect(leftovers(alive).join()).toContain(`${root}/isogate/${alive}`);
  });

  it('does it once: a second sweep has nothing to do', async () => {
    const dead = makeRun(undefined);
    expect((await sweep(() => {})).removed).toContain(dead);
    expect((await sweep(() => {})).removed).toEqual([]);
  });

  it('leaves what is not a run alone', async () => {
    const file = join(STATE_ROOT, `file-${process.pid}`);
    writeFileSync(file, 'not ours');
    try {
      await sweep(() => {});
      expect(readFileSync(file, 'utf8')).toBe('not ours');
      expect(existsSync(join(STATE_ROOT, 'lock'))).toBe(true);
    } finally {
      rmSync(file);
    }
  });
});

describe('engines that do not answer', () => {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-silent-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  /** A client of Docker's that does what `script` says, and how often it was asked. */
  function client(name: string, script: string): { command: string[]; asked: () => number } {
    const log = join(directory, `${name}.log`);
    writeFileSync(join(directory, name), `#!/bin/sh\necho "$@" >> ${log}\n${script}\n`, { mode: 0o755 });
    return {
      command: [join(directory, name)],
      asked: () => readFileSync(log, 'utf8').trim().split('\n').length,
    };
  }
  const record = (runId: string, { command }: { command: string[] }, env = {}): void =>
    recordEngine(runId, { name: 'docker', command, env: { PATH: '/usr/bin:/bin', ...env }, directories: [] });
  const linesOf = (runId: string, lines: string[]): string[] => lines.filter((line) => line.includes(runId));

  it('one that hangs is waited for once a sweep, and each run has one line', async () => {
    const hanging = client('hangs', 'exec sleep 60');
    const refusing = client('refuses', 'echo "Cannot connect to the daemon." >&2; echo "Is it running?" >&2; exit 1');
    const runs = [makeRun({ ...OWN, startTime: '1' }), makeRun(undefined), makeRun(undefined)];
    for (const runId of runs) record(runId, hanging);
    // A run of tests may have met many daemons.
    for (const host of ['one', 'other']) record(runs[0] as string, refusing, { DOCKER_HOST: host });
    const lines: string[] = [];
    const swept = await sweep((line) => lines.push(line));
    expect([hanging.asked(), refusing.asked()]).toEqual([1, 2]);
    for (const runId of runs) {
      expect(swept.removed).not.toContain(runId);
      expect(linesOf(runId, lines)).toEqual(linesOf(runId, swept.pending));
      expect(linesOf(runId, lines)).toHaveLength(1);
      expect(existsSync(join(STATE_ROOT, runId))).toBe(true);
    }
    expect(linesOf(runs[1] as string, lines)[0]).toBe(
      `containers and images of run ${runs[1]} may be left in docker: docker did not answer \`ps\` within 5 s; isogate clean removes them when it answers`,
    );
    const both = linesOf(runs[0] as string, lines)[0] ?? '';
    expect(both).toContain('Cannot connect to the daemon. Is it running?');
    expect(both.match(/Cannot connect/g)).toHaveLength(1);
    client('hangs', 'exit 0');
    client('refuses', 'exit 0');
    expect((await sweep(() => {})).removed).toEqual(expect.arrayContaining(runs));
  }, 60_000);

  it('one that is gone for a week is given up, with a word', async () => {
    const gone = client('gone', 'echo "Cannot connect to the daemon." >&2; exit 1');
    const runId = makeRun(undefined);
    record(runId, gone);
    const at = (days: number): void => {
      const seconds = Date.now() / 1000 - days * 86_400;
      utimesSync(join(STATE_ROOT, runId), seconds, seconds);
    };
    at(6);
    expect((await sweep(() => {})).removed).not.toContain(runId);
    at(8);
    const lines: string[] = [];
    const swept = await sweep((line) => lines.push(line));
    expect(swept.removed).toContain(runId);
    expect(linesOf(runId, swept.pending)).toEqual([]);
    expect(linesOf(runId, lines).join()).toMatch(/may be left in docker: Cannot connect.*not asked again after a week/);
    expect(leftovers(runId)).toEqual([]);
  });

  it('a record is believed no further than its own run goes', async () => {
    const [runId, other] = [makeRun(undefined), makeRun(OWN)];
    const victim = join(STATE_ROOT, other, `${other}-0`);
    const places = [victim, `${STATE_ROOT}/${runId}/../${other}`, `${STATE_ROOT}/../..${directory}`, directory];
    recordEngine(runId, { name: 'podman', command: ['/bin/true'], env: {}, directories: places });
    expect((await sweep(() => {})).removed).toContain(runId);
    expect(existsSync(join(victim, 'config.json'))).toBe(true);
    expect(existsSync(directory)).toBe(true);
  });
});
