/** The largest events and answers that AWS Lambda has, and the size of /tmp, under every kind of channel. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildImage } from '../../src/image/build-image.ts';
import type { FunctionConfig } from '../../src/model/config.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { functionConfig, writeTree } from '../image/workshop.ts';
import { GUEST_DIR } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';

const START_MS = 180_000;
const TYPES: IsolationType[] = ['native', 'bubblewrap', 'runc', 'gvisor', 'qemu-microvm'];
/** With its quotes six mebibytes of JSON, in letters of two bytes. */
const TEXT = 'ж'.repeat(3 * 2 ** 20 - 1);
const TMP_BYTES = 96 * 2 ** 20;

const NODE = `
import { statfsSync } from 'node:fs';
export const handler = (text) => {
  const { blocks, bsize } = statfsSync('/tmp');
  return { text, tmp: blocks * bsize };
};
`;
const PYTHON = `
import os
def handler(text):
    tmp = os.statvfs("/tmp")
    return {"text": text, "tmp": tmp.f_blocks * tmp.f_frsize}
`;
const SERVER = `
const { createServer } = require('node:http');
createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => response.end(Buffer.concat(parts)));
}).listen(8080, '127.0.0.1');
`;

let bench: NullBench;
const images: Record<string, FunctionImage> = {};
const work = mkdtempSync(join(tmpdir(), 'isogate-large-'));
const resources = { ...RESOURCES, memoryBytes: 512 * 2 ** 20, tmpBytes: TMP_BYTES };

const build = (name: string, more: Partial<FunctionConfig>): Promise<FunctionImage> =>
  buildImage({
    ...{ function: functionConfig(join(work, 'fn'), { name, ...more }), resources, cacheDir: bench.cacheDir },
    ...{ guestDir: GUEST_DIR, kernel: bench.image.vm?.kernel ?? null, log: () => {} },
  });

beforeAll(async () => {
  bench = await openNullBench(true);
  writeTree(join(work, 'fn'), { 'fn.mjs': NODE, 'fn.py': PYTHON, 'server.js': SERVER });
  images['node'] = await build('node', { handler: { file: 'fn.mjs', export: 'handler' } });
  images['python'] = await build('python', { runtime: 'python', handler: { file: 'fn.py', export: 'handler' } });
  const http = { port: 8080, path: '/', method: 'POST', headers: {}, ready: null };
  images['http'] = await build('http', { runtime: 'http', http, command: ['node', 'server.js'] });
}, HOST_WAIT_MS);
afterAll(async () => {
  await bench?.end();
  rmSync(work, { recursive: true, force: true });
  if (bench) expect(leftovers(bench.claim.runId)).toEqual([]);
}, 60_000);

test.each(TYPES.flatMap((type) => ['node', 'python', 'http'].map((kind) => [type, kind] as const)))(
  '%s, %s: six mebibytes there and back',
  async (type, kind) => {
    const { runId, nextContext } = bench.claim;
    const isolation = isolationOf(type);
    const image = images[kind] as FunctionImage;
    await isolation.prepare?.(image, { runId, signal: new AbortController().signal });
    const instance = await isolation.start(image, resources, nextContext(START_MS));
    try {
      const reply = await instance.invoke(TEXT, 1, START_MS);
      const wanted = kind === 'http' ? { statusCode: 200, body: TEXT } : { text: TEXT, tmp: TMP_BYTES };
      // Not by toEqual, which would print it all.
      expect(reply.ok && JSON.stringify(reply.result) === JSON.stringify(wanted)).toBe(true);
    } finally {
      await instance.stop();
    }
  },
  START_MS,
);
