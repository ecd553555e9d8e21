/** A function that is an HTTP server is called over the loopback of its own isolation, whatever that is. */

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildImage } from '../../src/image/build-image.ts';
import type { FunctionConfig, HttpConfig } from '../../src/model/config.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { functionConfig, writeTree } from '../image/workshop.ts';
import { GUEST_DIR } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';
import { noDaemon, openDaemon, type PrivateDaemon } from '../support/private-daemon.ts';

const START_MS = 180_000;
const GO_SERVER = join(import.meta.dirname, '../../fixtures/functions/real/go-http');

/** Answers with what it was asked, and with how it is started; its first health check fails. */
const SERVER = `
const { createServer } = require('node:http');
let checks = 0;
createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    if (request.url === '/health') response.statusCode = checks++ === 0 ? 503 : 204;
    if (request.url === '/exit') process.exit(9);
    response.end(JSON.stringify({ method: request.method, url: request.url, type: request.headers['content-type'], body: Buffer.concat(parts).toString(), port: process.env.PORT, cwd: process.cwd(), uid: process.getuid() }));
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
`;
const ANSWER = {
  method: 'POST',
  url: '/answer?a=b',
  type: 'text/x-any',
  port: '8080',
  cwd: '/function',
  uid: 1900000000,
};
const HTTP: HttpConfig = {
  port: 8080,
  path: '/answer?a=b',
  method: 'POST',
  headers: { 'content-type': 'text/x-any' },
  ready: '/health',
};

let bench: NullBench;
let daemon: PrivateDaemon | null = null;
let image: FunctionImage;
const work = mkdtempSync(join(tmpdir(), 'isogate-http-'));

const build = (directory: string, more: Partial<FunctionConfig>): Promise<FunctionImage> =>
  buildImage({
    function: functionConfig(directory, { runtime: 'http', http: HTTP, ...more }),
    resources: RESOURCES,
    cacheDir: bench.cacheDir,
    guestDir: GUEST_DIR,
    kernel: bench.image.vm?.kernel ?? null,
    log: () => {},
  });

beforeAll(async () => {
  bench = await openNullBench(true);
  if (noDaemon() === null) {
    daemon = await openDaemon();
    process.env['DOCKER_HOST'] = daemon.host;
  }
  image = await build(writeTree(join(work, 'echo'), { 'server.js': SERVER }), { command: ['node', 'server.js'] });
}, HOST_WAIT_MS);
afterAll(async () => {
  // Its images in the daemon go with the run.
  await bench?.end();
  delete process.env['DOCKER_HOST'];
  await daemon?.close();
  rmSync(work, { recursive: true, force: true });
  if (bench) expect(leftovers(bench.claim.runId)).toEqual([]);
}, 60_000);

async function start(type: IsolationType, of: FunctionImage, timeoutMs = START_MS) {
  const isolation = isolationOf(type);
  const { runId, nextContext } = bench.claim;
  await isolation.prepare?.(of, { runId, signal: new AbortController().signal });
  return isolation.start(of, RESOURCES, nextContext(timeoutMs));
}

const ARMS = [
  ...['native', 'bubblewrap', 'runc', 'crun', 'gvisor', 'docker', 'podman'],
  ...['qemu-microvm', 'qemu-q35'],
] as IsolationType[];

test.for(ARMS)('%s: the server is started, waited for and called', { timeout: START_MS }, async (type, context) => {
  const { reason } = await isolationOf(type).probe();
  if (reason !== null) return context.skip(reason);
  const instance = await start(type, image);
  try {
    const { ready, first_response } = instance.phasesMs;
    expect(ready).toBeGreaterThan(0);
    expect(first_response).toBe(null);
    for (const [event, body] of [
      [{ a: [1, 'ü'] }, '{"a":[1,"ü"]}'],
      ['a text', 'a text'],
    ]) {
      const reply = await instance.invoke(event, 3, START_MS);
      if (!reply.ok) throw new Error(reply.error.message);
      const { statusCode, body: text } = reply.result as { statusCode: number; body: string };
      expect({ statusCode, ...JSON.parse(text) }).toEqual({ statusCode: 200, ...ANSWER, body });
      expect(reply.ns).toHaveLength(3);
      expect(reply.ns.reduce((sum, ns) => sum + ns, 0) / 1e6).toBeLessThan(reply.roundTripMs);
    }
    expect((await instance.evidence()).contradictions).toEqual([]);
  } finally {
    await instance.stop();
  }
});

test.for([
  ['exits', 'process.exit(3)', 'handler-error', /^ServerExited: the server exited with code 3 before GET \/health/],
  [
    'never opens its port',
    'setInterval(() => {}, 1e3)',
    'timeout',
    /^not ready within 3000 ms: .*nothing listens on port/,
  ],
  [
    'is never well',
    `require('node:http').createServer((_, r) => { r.statusCode = 404; r.end(); }).listen(process.env.PORT)`,
    'timeout',
    /^not ready within 3000 ms: GET \/health on port 8080 answers with status 404$/,
  ],
] as const)(
  'a server that %s fails its start in one line',
  { timeout: START_MS },
  async ([name, source, status, message]) => {
    const bad = await build(writeTree(join(work, name), { 'server.js': source }), { command: ['node', 'server.js'] });
    for (const type of ['native', 'runc'] as const)
      await expect(start(type, bad, 3_000)).rejects.toMatchObject({ status, message: expect.stringMatching(message) });
  },
);

test.for(['native', 'bubblewrap', 'runc'] as const)(
  '%s: an exit in a call is told',
  { timeout: START_MS },
  async (type) => {
    const directory = writeTree(join(work, 'exit'), { 'server.js': SERVER });
    const exits = await build(directory, { command: ['node', 'server.js'], http: { ...HTTP, path: '/exit' } });
    const instance = await start(type, exits);
    try {
      await expect(instance.invoke({}, 1, START_MS)).rejects.toMatchObject({
        status: 'crashed',
        message: 'the function exited with code 9',
      });
    } finally {
      await instance.stop();
    }
  },
);

test('an image’s own ENTRYPOINT and CMD are run where no command is named', { timeout: START_MS }, async (context) => {
  if (daemon === null) return context.skip(noDaemon() ?? '');
  const directory = join(work, 'go');
  cpSync(GO_SERVER, directory, { recursive: true });
  const env = { ...process.env, CGO_ENABLED: '0' };
  const go = spawnSync('go', ['build', '-o', 'server', '.'], { cwd: directory, env, encoding: 'utf8' });
  if (go.status !== 0) return context.skip(`go build: ${go.error?.message ?? go.stderr}`);
  const dockerfile = join(directory, 'Dockerfile');
  writeFileSync(dockerfile, 'FROM scratch\nWORKDIR /srv\nCOPY server .\nENTRYPOINT ["./server"]\nCMD ["unused"]\n');
  const http = { ...HTTP, path: '/index' };
  const own = await build(directory, { http, image: { kind: 'dockerfile', path: dockerfile } });
  expect(own.process).toMatchObject({ cwd: '/srv', args: expect.arrayContaining(['/srv/server', 'unused']) });
  expect(existsSync(join(own.rootfsDir, 'function/main.go'))).toBe(false);
  const expected = JSON.parse(readFileSync(join(directory, 'expected.json'), 'utf8'));
  const event = JSON.parse(readFileSync(join(directory, 'events/text.json'), 'utf8'));
  for (const type of ['native', 'runc', 'docker'] as const) {
    const instance = await start(type, own);
    try {
      expect(await instance.invoke(event, 1, START_MS)).toMatchObject({ ok: true, result: expected.text });
    } finally {
      await instance.stop();
    }
  }
  writeFileSync(dockerfile, 'FROM scratch\nCOPY server /server\n');
  await expect(build(directory, { http, image: { kind: 'dockerfile', path: dockerfile } })).rejects.toThrow(
    /has neither ENTRYPOINT nor CMD: name what to start in http\.command$/,
  );
});
