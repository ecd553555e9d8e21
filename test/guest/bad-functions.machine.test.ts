import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { converse, first, fixtures, nodeArgs, startRuntime } from './guest-process.ts';

const bad = join(fixtures, 'bad');
const ask = (id: number) => ({ id, event: {}, repeat: 1 });
const ready = { type: 'ready', runtime: 'node', version: process.versions.node };
const fails = (name: string, message: unknown) => ({ ok: false, error: { name, message } });

describe('a bad function is reported in its own words', () => {
  it.each([
    ['missing-export.mjs', 'HandlerNotFound', 'missing-export.mjs has no export handler; it exports: other'],
    ['throws-on-import.mjs', 'Error', 'DATABASE_URL is not set'],
    ['exits-on-import.mjs', 'Exit', 'the process exited with code 4 while the module was loading'],
  ])('%s never gets ready', async (file, name, message) => {
    expect((await converse(nodeArgs(file), bad, [])).messages).toEqual([{ type: 'failed', error: { name, message } }]);
  });

  it.each([
    ['throws.mjs', fails('TypeError', 'no such order: 42')],
    [
      'returns-too-much.mjs',
      fails(
        'ResultTooLarge',
        expect.stringMatching(/^the reply takes 340000\d\d bytes, the limit is 33554432: return less$/),
      ),
    ],
    ['returns-unserialisable.mjs', fails('ResultNotSerialisable', expect.stringContaining('circular structure'))],
    ['prints-to-stdout.mjs', { ok: true, result: 'returned' }],
    ['returns-5mb.mjs', { ok: true, result: 'x'.repeat(5_000_000) }],
  ])('%s answers, and goes on answering', async (file, answer) => {
    const { messages, code } = await converse(nodeArgs(file), bad, [ask(1), ask(2)]);
    expect(messages).toMatchObject([ready, { id: 1, ...answer }, { id: 2, ...answer }]);
    expect(messages).toHaveLength(3);
    expect(code).toBe(0);
  });

  it('prints-to-stdout.mjs has its prints, also the forged reply, on stderr', async () => {
    const { stderr } = await converse(nodeArgs('prints-to-stdout.mjs'), bad, [ask(1)]);
    expect(stderr.split('\n').sort()).toEqual(
      [
        ...['', 'printed by console.log', 'printed by process.stdout'],
        '{"id":1,"ok":true,"result":"forged","ns":[1]}',
      ].sort(),
    );
  });

  it('exits.mjs says so before it is gone', async () => {
    expect(await converse(nodeArgs('exits.mjs'), bad, [ask(1), ask(2)])).toMatchObject({
      messages: [ready, { type: 'exit', code: 3 }],
      code: 3,
    });
  });

  it.each(['never-returns.mjs', 'never-settles.mjs'])('%s stays silent', async (file) => {
    const guest = await startRuntime(nodeArgs(file), bad);
    expect(await guest.next()).toEqual(ready);
    guest.send(ask(1));
    const silence = new Promise((done) => setTimeout(done, 300, 'silence'));
    expect(await Promise.race([guest.next(), silence])).toBe('silence');
  });

  it('forks.mjs leaves a process that outlives it', async () => {
    const { messages } = await converse(nodeArgs('forks.mjs'), bad, [ask(1)]);
    const { pid } = first(messages.slice(1))['result'] as { pid: number };
    const isRunning = existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('600_000');
    process.kill(pid, 'SIGKILL');
    expect(isRunning).toBe(true);
  });

  it('prints-garbage.mjs, a command, breaks the protocol', async () => {
    const guest = await startRuntime(['exec', '--', process.execPath, 'prints-garbage.mjs'], bad);
    expect(await guest.next()).toMatchObject({ type: 'ready' });
    guest.send(ask(1));
    await expect(guest.next()).rejects.toThrow('got a request');
  });

  it('forges-ids.mjs, a command, answers what was not asked', async () => {
    const guest = await startRuntime(['exec', '--', process.execPath, 'forges-ids.mjs'], bad);
    expect(await guest.next()).toMatchObject({ type: 'ready' });
    guest.send(ask(1));
    expect([await guest.next(), await guest.next()]).toMatchObject([{ id: 1 }, { id: 2 }]);
  });
});
