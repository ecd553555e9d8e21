/** Keys of the kernel outlive processes: no instance may leave one for the next, whichever isolation that has. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FunctionImage } from '../../src/model/image.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { writeTree } from '../image/workshop.ts';
import { buildFunction } from '../support/function-bench.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';

const START_MS = 60_000;
/** Looks for the key in the session's keyring and in those of its user, then leaves it in each. */
const HANDLER = `
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
rings = [ctypes.c_long(ring) for ring in (-3, -4, -5)]
def handler(event):
    found = [libc.syscall(250, ctypes.c_long(10), ring, b'user', b'isogate-test', ctypes.c_long(0)) > 0 for ring in rings]
    for ring in rings:
        libc.syscall(248, b'user', b'isogate-test', b'secret', ctypes.c_long(6), ring)
    return found
`;

let bench: NullBench;
let image: FunctionImage;
const work = mkdtempSync(join(tmpdir(), 'isogate-keys-'));

beforeAll(async () => {
  bench = await openNullBench(false);
  image = await buildFunction(bench, writeTree(join(work, 'fn'), { 'app.py': HANDLER }), 'app.py#handler');
}, HOST_WAIT_MS);
afterAll(async () => {
  await bench?.end();
  rmSync(work, { recursive: true, force: true });
  if (bench) expect(leftovers(bench.claim.runId)).toEqual([]);
}, 60_000);

test.for(['native', 'bubblewrap', 'runc', 'bubblewrap', 'native'] as IsolationType[])(
  '%s finds none of an earlier instance',
  { timeout: 2 * START_MS },
  async (type, context) => {
    const isolation = isolationOf(type);
    const { reason } = await isolation.probe();
    if (reason !== null) return context.skip(reason);
    for (let number = 0; number < 2; number++) {
      const instance = await isolation.start(image, RESOURCES, bench.claim.nextContext(START_MS));
      try {
        expect(await instance.invoke({}, 1, START_MS)).toMatchObject({ ok: true, result: [false, false, false] });
      } finally {
        await instance.stop();
      }
    }
  },
);
