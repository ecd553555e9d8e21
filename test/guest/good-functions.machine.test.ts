import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { converse, first, fixtures, nodeArgs, pythonArgs } from './guest-process.ts';
import { tempDir } from './temp-dir.ts';

/** The function's answer to one of its committed events. */
async function call(name: string, event: string, args: string[], dir = join(fixtures, name)) {
  const request = { id: 1, event: JSON.parse(readFileSync(join(fixtures, name, 'events', event), 'utf8')), repeat: 2 };
  const { messages, code } = await converse(args, dir, [request]);
  expect(messages[1]).toMatchObject({ id: 1, ok: true, ns: [expect.any(Number), expect.any(Number)] });
  expect(code).toBe(0);
  return first(messages.slice(1))['result'] as Record<string, unknown>;
}

describe('fixture functions do their work', () => {
  it('thumbnail: a Node handler with a dependency of its own', async ({ skip }) => {
    const dir = tempDir();
    cpSync(join(fixtures, 'thumbnail'), dir, { recursive: true });
    const install = spawnSync('npm', ['ci', '--omit=dev', '--prefer-offline'], { cwd: dir, encoding: 'utf8' });
    skip(install.status !== 0, `npm ci failed: ${install.stderr.slice(0, 200)}`);
    const result = await call('thumbnail', 'hills.json', nodeArgs('thumbnail.mjs'), dir);
    expect(result).toMatchObject({ width: 64, height: 45 });
    const png = Buffer.from(String(result['png']), 'base64');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    // width and height in the header chunk
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([64, 45]);
    const valley = await call('thumbnail', 'valley.json', nodeArgs('thumbnail.mjs'), dir);
    expect(valley).toMatchObject({ width: 64, height: 57 });
  });

  it('report: a Python handler', async () => {
    const result = await call('report', 'city.json', pythonArgs('report.py'));
    expect(result).toMatchObject({ orders: 3000 });
    expect(String(result['text']).split('\n')).toHaveLength(7);
    expect(String(result['text'])).toMatch(/^city +orders +total +median +p90\n/);
    expect((await call('report', 'month.json', pythonArgs('report.py')))['total']).toBe(result['total']);
  });

  it('wordcount: a command that speaks the protocol', async () => {
    const args = ['exec', '--', 'python3', 'wordcount.py'];
    const result = await call('wordcount', 'all.json', args);
    const words = readFileSync(join(fixtures, 'wordcount/text.txt'), 'utf8').match(/\w+/g) ?? [];
    expect(result['words']).toBe(words.length);
    expect((result['most'] as unknown[])[0]).toEqual([
      'the',
      words.filter((word) => word.toLowerCase() === 'the').length,
    ]);
    expect((await call('wordcount', 'long.json', args))['most']).toHaveLength(20);
  });

  it('syscalls: a Python handler', async () => {
    const bytes = readFileSync(join(fixtures, 'syscalls/syscalls.py')).length;
    expect(await call('syscalls', 'twenty-thousand.json', pythonArgs('syscalls.py'))).toEqual({ parent: true, bytes });
  });

  it('cpu: a Node handler', async () => {
    expect(await call('cpu', 'matrix.json', nodeArgs('cpu.mjs'))).toEqual({ trace: 116654.40493144859 });
  });
});
