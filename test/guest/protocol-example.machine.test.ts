import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { converse, root, startAgent } from './guest-process.ts';
import { tempDir } from './temp-dir.ts';

const page = (name: string) => readFileSync(join(root, 'docs/reference', name), 'utf8');

it('the program in docs/reference/runtime-protocol.md speaks the protocol', async () => {
  const program = /```python\n(.+?)```/s.exec(page('runtime-protocol.md'))?.[1] ?? '';
  const { messages, code } = await converse(['exec', '--', 'python3', 'sums.py'], tempDir({ 'sums.py': program }), [
    { id: 1, event: {}, repeat: 0 },
    { id: 2, event: { numbers: [1, 2] }, repeat: 2 },
    { id: 3, event: { numbers: 'no' }, repeat: 1 },
  ]);
  expect(messages).toEqual([
    { type: 'ready', runtime: 'sums', version: '1' },
    { id: 1, ok: true, result: null, ns: [] },
    { id: 2, ok: true, result: { sum: 3 }, ns: [expect.any(Number), expect.any(Number)] },
    { id: 3, ok: false, error: { name: 'TypeError', message: expect.stringContaining('unsupported operand') } },
  ]);
  expect(code).toBe(0);
});

it('docs/reference/evidence.md names every key that the agent collects, and no other', async () => {
  const section = page('evidence.md').split('## What the agent collects')[1]?.split('\n## ')[0] ?? '';
  const cells = [...section.matchAll(/^\| (`.+?) \|/gm)].map((row) => row[1] ?? '');
  const documented = cells.flatMap((cell) => cell.match(/\w+/g) ?? []);
  const hello = await startAgent(['exec', '--', 'true'], '/').next();
  expect(Object.keys(hello?.['evidence'] as object).sort()).toEqual(documented.sort());
});
