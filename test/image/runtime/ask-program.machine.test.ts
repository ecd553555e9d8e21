import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { confinedAsker } from '../../../src/image/runtime/ask-program.ts';
import { needsRoot } from '../../support/skip-unless.ts';
import { openWorkshop, type Workshop } from '../workshop.ts';

let shop: Workshop;
/** Not in /tmp, which is another one for who is asked. */
let place: string;
beforeAll(() => {
  shop = openWorkshop();
  place = mkdtempSync('/var/tmp/isogate-ask-');
});
afterAll(() => {
  rmSync(place, { recursive: true });
  shop.remove();
});

needsRoot();

/** What stands in the place of a language's program. */
function program(script: string): string {
  const file = join(place, 'python3');
  writeFileSync(file, `#!/usr/bin/python3\n${script}\n`, { mode: 0o700 });
  return file;
}

it('asks what only root may read, and gives its answer', async () => {
  expect(await confinedAsker(shop)(program('print("Python 9.9.9")'), [])).toEqual({ ok: true, stdout: 'Python 9.9.9' });
});

it('one that takes gigabytes for an answer gets none', async () => {
  const answer = await confinedAsker(shop)(program('x = bytearray(4 * 2**30)\nprint("Python 9.9.9")'), []);
  expect(answer).toEqual({ ok: false, reason: expect.stringContaining('ran out of its 1 GiB of memory') });
});

it('one that would leave something behind, or reach somebody, can do neither', async () => {
  const script = `
import os, socket
for path in ('${place}/left', '/etc/isogate-left', '/root/isogate-left'):
    try: open(path, 'w'); print('wrote', path)
    except OSError: pass
print(sorted(os.listdir('/run')), len(os.listdir('/sys/class/net')) > 0)
try: socket.create_connection(('127.0.0.1', 22), 1); print('connected')
except OSError as error: print(error.errno in (101, 111, 113))`;
  const answer = await confinedAsker(shop)(program(script), []);
  expect(answer).toEqual({ ok: true, stdout: '[] True\nTrue' });
  expect(['left'].map((name) => existsSync(join(place, name)))).toEqual([false]);
});

it('one that never answers ends with the run', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('stopped by a test')), 300);
  const asked = confinedAsker({ ...shop, signal: controller.signal })(program('while True: pass'), []);
  await expect(asked).rejects.toThrow('stopped by a test');
});
