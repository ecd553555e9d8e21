/** Writers as processes: eight at once, and one that is killed again and again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBranchStore } from '../../src/baseline/branch-store.ts';
import { openDirectoryStore } from '../../src/baseline/directory-store.ts';
import { openOwnRepository } from '../../src/git/own-repository.ts';
import { bundleScript } from '../support/bundle.ts';
import { git } from '../support/git-repo.ts';

const KILLS = process.env['ISOGATE_FULL'] ? 100 : 12;
let root: string;
let script: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'isogate-writers-'));
  script = await bundleScript(join(import.meta.dirname, '../support/append-records.ts'), root);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(store: string, name: string, count: number) {
  const child = spawn(process.execPath, [script, store, root, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (part: Buffer) => (out += part.toString()));
  const closed = once(child, 'close');
  // A last line that was cut off acknowledges nothing.
  const acknowledged = async () => {
    const [code] = await closed;
    return { code, ids: out.split('\n').slice(0, -1) };
  };
  return { child, acknowledged };
}

function create(kind: string, name: string): string {
  const path = join(root, kind === 'branch' ? `${name}.git` : name);
  if (kind === 'branch') git(root, 'init', '--quiet', '--bare', path);
  else mkdirSync(path);
  return path;
}

async function read(kind: string, path: string) {
  if (kind === 'directory') return (await openDirectoryStore(path)).read('api');
  const repository = await openOwnRepository(join(mkdtempSync(join(root, 'reader-')), 'r.git'), { url: path });
  return openBranchStore({ repository, remote: { url: path }, branch: 'isogate-baselines', remoteName: 'origin' }).read(
    'api',
  );
}

describe.each(['branch', 'directory'])('a %s', (kind) => {
  it('eight writers at once: every record is there, once', { timeout: 300_000 }, async () => {
    const path = create(kind, `eight-${kind}`);
    const writers = Array.from({ length: 8 }, (_, index) => write(path, `w${index}`, 3));
    const results = await Promise.all(writers.map(({ acknowledged }) => acknowledged()));
    expect(results.map(({ code }) => code)).toEqual(Array(8).fill(0));
    const { records, warnings } = await read(kind, path);
    expect(warnings).toEqual([]);
    const expected = results.flatMap(({ ids }) => ids.flatMap((id) => [`${id} gvisor`, `${id} runc`]));
    expect(expected).toHaveLength(48);
    expect(records.map(({ runId, isolation }) => `${runId} ${isolation}`).sort()).toEqual(expected.sort());
  });

  it(`a writer killed ${KILLS} times at random points: what it said is there, and nothing half`, {
    timeout: 600_000,
  }, async () => {
    const path = create(kind, `killed-${kind}`);
    const startMs = performance.now();
    const said = new Set((await write(path, `first${kind}`, 1).acknowledged()).ids);
    const onceMs = performance.now() - startMs;
    const delays: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const { child, acknowledged } = write(path, `k${kind}${kill}`, 1000);
      // From before its first step to some runs later, however fast this machine is now.
      const delayMs = 60 + Math.random() * 2 * onceMs;
      delays.push(delayMs);
      await setTimeout(delayMs);
      child.kill('SIGKILL');
      for (const id of (await acknowledged()).ids) said.add(id);
    }
    const { records, warnings } = await read(kind, path);
    const there = records.map(({ runId, isolation }) => `${runId} ${isolation}`);
    expect(new Set(there).size, `delays ${delays.map(Math.round)}`).toBe(there.length);
    for (const id of said)
      expect(there, `delays ${delays.map(Math.round)}`).toEqual(expect.arrayContaining([`${id} runc`, `${id} gvisor`]));
    expect(said.size).toBeGreaterThan(1);
    // On a branch a commit is there or not; in a directory a line may be torn, is closed by the next writer, and read around.
    if (kind === 'branch') {
      expect(warnings).toEqual([]);
      expect(git(path, 'fsck', '--strict', '--no-dangling')).toBe('');
    } else expect(warnings.every(({ code }) => code === 'baseline-lines-skipped')).toBe(true);
    // The next writer goes on as if nothing had been.
    expect((await write(path, `after${kind}`, 1).acknowledged()).code).toBe(0);
    expect(readdirSync(root).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });
});
