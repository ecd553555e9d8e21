import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ConfinedAnswer, runConfined } from '../../../src/image/confine/confined.ts';
import type { Limits } from '../../../src/image/confine/limits.ts';
import { runUid } from '../../../src/image/confine/run-uid.ts';
import { viewForTool } from '../../../src/image/confine/views.ts';
import { CONFINED_UIDS } from '../../../src/model/uids.ts';
import { list } from '../../support/read-quietly.ts';
import { needsRoot } from '../../support/skip-unless.ts';
import { openWorkshop, type Workshop } from '../workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

needsRoot();

const LIMITS: Limits = {
  wallMs: 60_000,
  memoryBytes: 256 * 2 ** 20,
  processes: 40,
  fileBytes: 2 ** 20,
  outputBytes: 2 ** 16,
};
const GUEST_TESTS = join(import.meta.dirname, '../../guest');

function run(
  argv: string[],
  options: { limits?: Partial<Limits>; capabilities?: string[]; signal?: AbortSignal } = {},
): Promise<ConfinedAnswer> {
  const agent = join(shop.guestDir, 'agent');
  const tree = { dir: GUEST_TESTS, writable: false };
  const view = viewForTool({ agent, tree, capabilities: options.capabilities ?? null });
  return runConfined(argv, { view, agent, limits: { ...LIMITS, ...options.limits }, signal: options.signal });
}
const linesOf = async (argv: string[], options: Parameters<typeof run>[1] = {}): Promise<string[]> => {
  const { stdout, words } = await run(argv, options);
  return `${stdout}${words}`.split('\n').filter(Boolean);
};
const groups = (): string[] =>
  ['', 'memory', 'pids']
    .flatMap((name) => list(join('/sys/fs/cgroup', name)))
    .filter((name) => name.startsWith('isogate-build-') && name.includes(`-${process.pid}-`));

it('has the standard descriptors only, a user of this run’s own, and limits', async () => {
  const script = 'id -u; ls /proc/$$/fd; cat /proc/self/limits; grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status';
  const lines = await linesOf(['sh', '-c', script]);
  const uid = Number(lines[0]);
  expect(uid).toBe(runUid());
  expect(uid).toBeGreaterThanOrEqual(CONFINED_UIDS.first);
  expect(lines.slice(1, 4)).toEqual(['0', '1', '2']);
  const limit = (name: string): string[] | undefined =>
    lines
      .find((line) => line.startsWith(name))
      ?.slice(26)
      .trim()
      .split(/\s+/)
      .slice(0, 2);
  expect(limit('Max processes')).toEqual(['40', '40']);
  expect(limit('Max open files')).toEqual(['4096', '4096']);
  expect(limit('Max file size')).toEqual(['1048576', '1048576']);
  expect(limit('Max core file size')).toEqual(['0', '0']);
  expect(lines.slice(-7)).toEqual([
    ...['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => `${name}:\t0000000000000000`),
    'NoNewPrivs:\t1',
    'Seccomp:\t2',
  ]);
});

it('has as root the capabilities that its view names, and the same filter', async () => {
  const script = 'id -u; grep -E "^(CapEff|Seccomp:)" /proc/self/status';
  expect(await linesOf(['sh', '-c', script], { capabilities: ['CAP_CHOWN'] })).toEqual([
    '0',
    'CapEff:\t0000000000000001',
    'Seccomp:\t2',
  ]);
});

it.each([[null], [['CAP_CHOWN']]])(
  'cannot reach keys, and has no other way out, with capabilities %j',
  async (names) => {
    const options = names === null ? {} : { capabilities: names };
    const lines = await linesOf(['/usr/bin/python3', '/tree/system-calls.py', 'forbidden'], options);
    expect(lines.slice(0, 8)).toEqual([
      ...['add_key EPERM', 'request_key EPERM', 'keyctl EPERM', 'unshare EPERM', 'clone EPERM', 'clone3 ENOSYS'],
      ...['mount EPERM', 'bpf EPERM'],
    ]);
    expect(lines).toContain('AF_VSOCK EAFNOSUPPORT');
  },
);

it('ends at its limit on memory, and says so', async () => {
  const end = await run(['tail', '/dev/zero']);
  expect(end).toMatchObject({ failed: true, reached: 'memory' });
  expect(end.how).toMatch(/^ran out of its 0\.25 GiB of memory and exited with/);
  expect(groups()).toEqual([]);
});

it('ends at its limit on time with all that it started, also where it ignores signals', async () => {
  const mark = `35${process.pid}`;
  const script = `trap "" TERM INT HUP; setsid sleep ${mark} & while :; do sleep ${mark}; done`;
  const end = await run(['sh', '-c', script], { limits: { wallMs: 500 } });
  expect(end).toMatchObject({ failed: true, reached: 'time' });
  const { stdout } = await execa('ps', ['-eo', 'args']);
  expect(stdout).not.toContain(mark);
  expect(groups()).toEqual([]);
});

it('ends with the signal, whatever it is doing', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('stopped by a test')), 300);
  await expect(run(['sh', '-c', 'while :; do :; done'], { signal: controller.signal })).rejects.toThrow(
    'stopped by a test',
  );
  expect(groups()).toEqual([]);
});

it('cannot start processes without end, as root neither', async () => {
  const script = 'i=0; while [ $i -lt 100 ]; do sleep 60 & i=$((i+1)); echo $i; done; echo no limit';
  for (const options of [{}, { capabilities: ['CAP_CHOWN'] }])
    expect((await linesOf(['sh', '-c', script], options)).slice(-1)).toEqual([
      expect.stringMatching(/Cannot fork|Resource temporarily unavailable/),
    ]);
});

it('is ended where it writes more than is kept', async () => {
  const end = await run(['yes']);
  expect(end.isTooLong).toBe(true);
  expect(end.stdout.length).toBeLessThanOrEqual(2 ** 16);
});

it('gets what it is given, and answers', async () => {
  const agent = join(shop.guestDir, 'agent');
  const options = { view: viewForTool({ agent, capabilities: null }), limits: LIMITS, agent, signal: undefined };
  const end = await runConfined(['tr', 'a-z', 'A-Z'], { ...options, input: Buffer.from('abc') });
  expect(end).toMatchObject({ failed: false, exitCode: 0, reached: null });
  expect(end.stdout.toString()).toBe('ABC');
});
