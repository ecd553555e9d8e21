import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runInstance } from '../../src/measure/run-instance.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { BAD_FUNCTIONS, buildFunction } from '../support/function-bench.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';
import { plainFeed } from '../support/plain-feed.ts';
import { type OciConfig, weakenBundle } from '../support/weaken-bundle.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-weak-'));
let bench: NullBench;
beforeAll(async () => {
  bench = await openNullBench(false);
}, HOST_WAIT_MS);
afterAll(async () => {
  await bench.end();
  rmSync(directory, { recursive: true });
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

const PLAN = { invocations: 1, warmup: 0, repeat: 1, tail: 0, empty: 0, invokeTimeoutMs: 10_000 };
let bundles = 0;

const runWith = async (type: IsolationType, change: (config: OciConfig) => void) => {
  const image = weakenBundle(bench.image, join(directory, String(bundles++)), change);
  return runInstance(isolationOf(type), image, RESOURCES, bench.claim.nextContext(10_000), plainFeed(PLAN), PLAN);
};

const withoutNamespace =
  (...types: string[]) =>
  (config: OciConfig): void => {
    config.linux.namespaces = config.linux.namespaces.filter((namespace) => !types.includes(namespace.type));
  };
const ALL = ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN', 'CAP_SYS_PTRACE', 'CAP_SYS_RAWIO', 'CAP_SYS_MODULE', 'CAP_BPF'];

it('the bundle as it was built contradicts nothing', async () => {
  expect(await runWith('runc', () => {})).toMatchObject({ status: 'ok', evidence: { contradictions: [] } });
});

it.each<[string, (config: OciConfig) => void, RegExp[]]>([
  [
    'no seccomp filter',
    ({ linux }) => {
      delete linux.seccomp;
    },
    [/^host evidence seccomp is "0", expected "2"$/, /^guest evidence seccomp is "0", expected "2"$/],
  ],
  [
    'more capabilities within reach',
    ({ process }) => {
      process.capabilities['bounding'] = [...(process.capabilities['bounding'] ?? []), ...ALL];
    },
    [/^host evidence cap_bnd is "[0-9a-f]{16}", expected "00000000a80425fb"$/],
  ],
  [
    'capabilities in hand',
    ({ process }) => {
      for (const set of ['bounding', 'permitted', 'inheritable', 'effective', 'ambient'])
        process.capabilities[set] = ALL;
    },
    [
      /^guest evidence cap_eff is "(?!0{16})[0-9a-f]{16}", expected "0000000000000000"$/,
      /^host evidence cap_eff is "(?!0{16})[0-9a-f]{16}", expected "0000000000000000"$/,
      /^host evidence cap_bnd is "[0-9a-f]{16}", expected "00000000a80425fb"$/,
    ],
  ],
  [
    'the host’s network',
    withoutNamespace('network'),
    [/^host evidence ns_net is "net:\[\d+\]", expected a namespace other than the harness’s$/],
  ],
  [
    'the host’s processes',
    withoutNamespace('pid'),
    [/^host evidence ns_pid is "pid:\[\d+\]", expected a namespace other than the harness’s$/],
  ],
  ['the host’s IPC', withoutNamespace('ipc'), [/^host evidence ns_ipc is .* other than the harness’s$/]],
  [
    'the host’s name',
    (config) => {
      withoutNamespace('uts')(config);
      delete config.hostname;
    },
    [/^host evidence ns_uts is .* other than the harness’s$/],
  ],
  [
    'everything that --privileged gives',
    (config) => {
      withoutNamespace('network', 'pid', 'ipc')(config);
      delete config.linux.seccomp;
      for (const set of ['bounding', 'permitted', 'inheritable', 'effective', 'ambient'])
        config.process.capabilities[set] = ALL;
    },
    [
      /^guest evidence cap_eff is "(?!0{16})[0-9a-f]{16}", expected "0000000000000000"$/,
      /^host evidence cap_eff is "(?!0{16})[0-9a-f]{16}", expected "0000000000000000"$/,
      /^host evidence ns_pid is .* other than the harness’s$/,
      /^host evidence seccomp is "0", expected "2"$/,
      /^host evidence cap_bnd is "[0-9a-f]{16}", expected "00000000a80425fb"$/,
      /^guest evidence seccomp is "0", expected "2"$/,
    ],
  ],
  [
    'root',
    ({ process }) => {
      process.user = { uid: 0, gid: 0 };
    },
    [
      /^guest evidence uid is "0", expected "1900000000"$/,
      /^host evidence uid is "0", expected "1900000000"$/,
      /^host evidence gid is "0", expected "1900000000"$/,
    ],
  ],
])('runc with %s is told by its evidence', async (_, change, expected) => {
  const outcome = await runWith('runc', change);
  expect(outcome.evidence?.contradictions).toEqual(expected.map((one) => expect.stringMatching(one)));
  expect(outcome).toMatchObject({
    ...{ status: 'evidence-mismatch', phase: 'evidence', error: outcome.evidence?.contradictions[0] },
  });
});

// What the host's kernel would deny is the sentry's business here: nothing in a bundle turns gVisor into less.
it('gVisor stays what it is, whatever its bundle says', async () => {
  const outcome = await runWith('gvisor', (config) => {
    delete config.linux.seccomp;
    withoutNamespace('network')(config);
  });
  expect(outcome).toMatchObject({ status: 'ok', evidence: { contradictions: [] } });
});

/** The program that forks.mjs leaves behind. */
const isForked = (pid: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('setTimeout(() => {}, 600_000)');
  } catch {
    return false;
  }
};

it.each(['native', 'bubblewrap', 'runc', 'gvisor'] as const)(
  '%s leaves no process of a function that forks',
  async (type) => {
    const image = await buildFunction(bench, BAD_FUNCTIONS, 'forks.mjs#handler');
    const instance = await isolationOf(type).start(image, RESOURCES, bench.claim.nextContext(10_000));
    try {
      const reply = await instance.invoke({}, 1, 10_000);
      expect(reply).toMatchObject({ ok: true, result: { pid: expect.any(Number) } });
    } finally {
      await instance.stop();
    }
    expect(leftovers(bench.claim.runId).filter((one) => /^process|^mount/.test(one))).toEqual([]);
    expect(readdirSync(bench.claim.directory)).toEqual(['owner.json']);
    const orphans = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isForked(name));
    expect(orphans).toEqual([]);
  },
);
