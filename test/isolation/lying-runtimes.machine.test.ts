/** Programs that stand on PATH under a runtime's name, and do less than it: the evidence has to tell each. */

import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { findProgram } from '../../src/host/find-program.ts';
import { runscIsolation } from '../../src/isolation/oci/gvisor.ts';
import { runInstance } from '../../src/measure/run-instance.ts';
import type { Isolation } from '../../src/model/isolation.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationConfig, isolationOf, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';
import { plainFeed } from '../support/plain-feed.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-liar-'));
const [runc, runsc, bwrap] = [findProgram('runc'), findProgram('runsc'), findProgram('bwrap')];
let bench: NullBench;
beforeAll(async () => {
  bench = await openNullBench(false);
}, HOST_WAIT_MS);
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await bench.end();
  rmSync(directory, { recursive: true });
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

let liars = 0;

/** A shell script under this name; its path. */
function liar(name: string, ...script: string[]): string {
  const bin = join(directory, String(liars++));
  mkdirSync(bin);
  const file = join(bin, name);
  writeFileSync(file, ['#!/bin/bash', ...script, ''].join('\n'));
  chmodSync(file, 0o755);
  return file;
}

/** As an isolation finds it: first on PATH. */
function onPath(type: 'runc' | 'bubblewrap', file: string): Isolation {
  vi.stubEnv('PATH', `${join(file, '..')}:${process.env['PATH']}`);
  return isolationOf(type);
}

const PLAN = { invocations: 1, warmup: 0, repeat: 1, tail: 0, empty: 0, invokeTimeoutMs: 10_000 };

async function contradictionsOf(isolation: Isolation): Promise<string[]> {
  const context = bench.claim.nextContext(10_000);
  const outcome = await runInstance(isolation, bench.image, RESOURCES, context, plainFeed(PLAN), PLAN);
  expect(outcome).toMatchObject({ status: 'evidence-mismatch', phase: 'evidence' });
  expect(leftovers(bench.claim.runId).filter((one) => /^process|^mount/.test(one))).toEqual([]);
  return outcome.evidence?.contradictions ?? [];
}

/** Of what all runc's arguments are after: the bundle and the pid file. */
const ARGUMENTS = [
  'while [ $# -gt 0 ]; do case $1 in --bundle) bundle=$2 ;; --pid-file) pidfile=$2 ;; --root) state=$2 ;; esac; id=$1; shift; done',
];

/** The filter of system calls is not there, as the host or the guest sees it. */
const noSeccomp = (side: 'host' | 'guest') => expect.stringMatching(`^${side} evidence seccomp is "0"`);

it('runc that leaves the seccomp filter out', async () => {
  const file = liar(
    'runc',
    'for word; do case $last in --bundle) bundle=$word ;; esac; last=$word; done',
    `${process.execPath} -e 'const f=process.argv[1]+"/config.json",c=JSON.parse(fs.readFileSync(f));delete c.linux.seccomp;fs.writeFileSync(f,JSON.stringify(c))' "$bundle"`,
    `exec ${runc} "$@"`,
  );
  expect(await contradictionsOf(onPath('runc', file))).toEqual([noSeccomp('host'), noSeccomp('guest')]);
});

/** What `native` does, in the function's own words. */
const nativeCommand = (): string => {
  const { rootfsDir, process: inside } = bench.image;
  const ids = `--uid ${inside.uid} --gid ${inside.gid}`;
  return `${rootfsDir}/.isogate/agent launch --root ${rootfsDir} ${ids} --netns --ipcns -- ${inside.args.join(' ')}`;
};

it('runc that runs the command natively', async () => {
  const file = liar('runc', ...ARGUMENTS, `${nativeCommand()} <&0 &`, 'echo $! > "$pidfile"');
  expect(await contradictionsOf(onPath('runc', file))).toEqual([
    expect.stringMatching(/^host evidence ns_pid is .* other than the harness’s$/),
    noSeccomp('host'),
    expect.stringMatching(/^host evidence cap_bnd is "[0-9a-f]{16}", expected "00000000a80425fb"$/),
    noSeccomp('guest'),
  ]);
});

it('runc that shows an honest container, and runs the function beside it', async () => {
  const file = liar(
    'runc',
    ...ARGUMENTS,
    'mkdir "$bundle/decoy" && mkfifo "$bundle/decoy/in" && cp "$bundle/config.json" "$bundle/decoy/"',
    // A decoy that waits for words which never come.
    `${runc} --root "$state" run --detach --bundle "$bundle/decoy" --pid-file "$pidfile" "$id" 0<>"$bundle/decoy/in" >/dev/null || exit 1`,
    `${nativeCommand()} <&0 &`,
  );
  expect(await contradictionsOf(onPath('runc', file))).toEqual([
    expect.stringMatching(
      /^guest evidence ns_pid is "pid:\[\d+\]", expected the one that the host sees, "pid:\[\d+\]"$/,
    ),
    noSeccomp('guest'),
  ]);
});

it('runsc that is runc', async () => {
  const file = liar(
    'runsc',
    'words=(); for word; do case $word in --platform=*|--network=*|--ignore-cgroups) ;; *) words+=("$word") ;; esac; done',
    `exec ${runc} "\${words[@]}"`,
  );
  const isolation = runscIsolation(isolationConfig('gvisor'), file);
  const [kernel, exe, argv] = await contradictionsOf(isolation);
  expect(kernel).toMatch(/^guest evidence (boot_id|kernel_release) is .*, expected one that is not the host’s$/);
  expect(exe).toBe(`host evidence exe is "/.isogate/agent", expected "${file}"`);
  expect(argv).toBe('host evidence argv is "/.isogate/agent null", expected a sandbox of runsc');
});

it('runsc on another platform, or another program than the one that was asked', async () => {
  const file = liar('runsc', `exec ${runsc} "\${@/--platform=systrap/--platform=ptrace}"`);
  const [exe, argv] = await contradictionsOf(runscIsolation(isolationConfig('gvisor'), file));
  expect(exe).toBe(`host evidence exe is "${runsc}", expected "${file}"`);
  expect(argv).toMatch(/ --platform=ptrace .*, expected --platform=systrap$/);
});

/** Everything but these words goes to the real one. */
const bwrapWithout = (...words: string[]): string =>
  liar(
    'bwrap',
    `words=(); for word; do case $word in ${words.join('|')}) ;; *) words+=("$word") ;; esac; done`,
    `exec ${bwrap} "\${words[@]}"`,
  );

it.each(['pid', 'net', 'ipc', 'cgroup'])('bwrap without a %s namespace', async (name) => {
  const found = await contradictionsOf(onPath('bubblewrap', bwrapWithout(`--unshare-${name}`)));
  expect(found).toEqual([
    expect.stringMatching(
      new RegExp(`^host evidence ns_${name} is "${name}:\\[\\d+\\]", expected a namespace other than`),
    ),
  ]);
});

it('bwrap without a uts namespace', async () => {
  const found = await contradictionsOf(onPath('bubblewrap', bwrapWithout('--unshare-uts', '--hostname', 'function')));
  expect(found).toEqual([expect.stringMatching(/^host evidence ns_uts is .* other than the harness’s$/)]);
});

it('bwrap that leaves the bounding set', async () => {
  const found = await contradictionsOf(onPath('bubblewrap', bwrapWithout('--no-bounding-set')));
  expect(found).toEqual([expect.stringMatching(/^host evidence cap_bnd is "[0-9a-f]{16}", expected "0{16}"$/)]);
});

it('bwrap with another tree than the image’s', async () => {
  const tree = join(directory, 'tree');
  cpSync(bench.image.rootfsDir, tree, { recursive: true });
  const file = liar('bwrap', `exec ${bwrap} "\${@/#${bench.image.rootfsDir.replaceAll('/', '\\/')}/${tree}}"`);
  expect(await contradictionsOf(onPath('bubblewrap', file))).toEqual([
    'host evidence root is "other", expected "image"',
  ]);
});

it('bwrap that only looks like it: the command runs natively', async () => {
  const file = liar('bwrap', `exec ${nativeCommand()}`);
  expect(await contradictionsOf(onPath('bubblewrap', file))).toEqual([
    expect.stringMatching(/^host evidence ns_pid is .* other than the harness’s$/),
    expect.stringMatching(/^host evidence cap_bnd is "[0-9a-f]{16}", expected "0{16}"$/),
  ]);
});
