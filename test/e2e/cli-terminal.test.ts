import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeHostLock } from '../../src/host/host-lock.ts';
import { createProject, type Project, ROOT } from '../support/cli-run.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { startInPty } from '../support/pty-run.ts';

// The emulated guest takes seconds a block, so that a signal finds the run in the middle of one.
const CONFIG = `name: seen
functions: { nothing: { directory: fn, command: [./agent, "null"] } }
isolations: { native: {}, runc: {}, qemu-microvm: { accelerator: [tcg] } }
budgets: { runc: { cold_start: +60s }, qemu-microvm: { cold_start: +60s } }
gate_emulated: true
measure: { time: 300s, max_blocks: 30, invocations: 20, warmup: 1 }
`;
const COLUMNS = 110;

let project: Project;
beforeAll(() => {
  project = createProject(CONFIG);
});
afterAll(() => project.remove());

const start = (args: string[], env: NodeJS.ProcessEnv = {}) => {
  const { CI: _, ...own } = process.env;
  return startInPty([process.execPath, join(ROOT, 'dist/cli.js'), ...args], COLUMNS, {
    ...own,
    ...{ TERM: 'xterm-256color' },
    ...env,
  });
};

const LIVE = /^nothing {2}\d+ of at most \d+ blocks, about .* left, in (native|runc|qemu-microvm) /;
const isLive = (screen: string[]): boolean => LIVE.test(screen.at(-1) ?? '');

it.each(['SIGTERM', 'SIGINT'] as const)(
  'one line shows how far it is; after %s it is gone, and the report ends the screen',
  async (signal) => {
    const run = start(project.gate);
    const during = await run.until(isLive);
    expect(during.filter((line) => LIVE.test(line))).toHaveLength(1);
    run.kill(signal);
    expect([0, 3]).toContain(await run.done);
    const screen = run.screen();
    expect(screen).toContain(`${signal}: stopping, then deciding on what was measured; once more to stop at once`);
    expect(screen.some((line) => LIVE.test(line))).toBe(false);
    expect(screen.some((line) => /^(✔|✖|\?) Isogate seen: /.test(line))).toBe(true);
    // Whatever follows starts on a line of its own.
    expect(screen.at(-1)).toBe('');
    expect(screen.at(-2)).not.toBe('');
    expect(run.sent()).toContain('\u001b[33m');
  },
  HOST_WAIT_MS,
);

it(
  'the second signal ends it at once, and leaves no line either',
  async () => {
    const run = start(project.gate);
    await run.until(isLive);
    run.kill('SIGTERM');
    await run.until((screen) => screen.some((line) => line.startsWith('SIGTERM: stopping')));
    run.kill('SIGTERM');
    expect(await run.done).toBe(130);
    expect(run.screen().some((line) => LIVE.test(line))).toBe(false);
    expect(run.screen().at(-1)).toBe('');
  },
  HOST_WAIT_MS,
);

it(
  'the wait for another run goes on visibly, and an error ends it on a line of its own',
  async () => {
    const lock = await takeHostLock(() => {}, new AbortController().signal);
    try {
      const run = start(project.gate, { NO_COLOR: '1' });
      const screen = await run.until((lines) => /^… \d+ s since: another run measures/.test(lines.at(-1) ?? ''));
      expect(screen.join('')).toContain(`another run measures on this host: process ${process.pid} of `);
      run.kill('SIGTERM');
      expect(await run.done).toBe(3);
      expect(run.screen().at(-1)).toBe('');
      expect(run.screen().join('')).toContain('isogate: the host lock /run/isogate/lock could not be taken');
      expect(run.screen().some((line) => line.startsWith('… '))).toBe(false);
      expect(run.sent()).not.toContain('\u001b[3');
    } finally {
      await lock.release();
    }
  },
  HOST_WAIT_MS,
);

it('a dumb terminal gets whole lines only', async () => {
  const run = start([...project.gate, '--config', join(project.directory, 'none.yml')], { TERM: 'dumb' });
  expect(await run.done).toBe(4);
  expect(run.sent()).toMatch(/^isogate: .*none\.yml: no such file.*\r\n$/);
});
