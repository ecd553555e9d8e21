import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { downloadKernel } from '../../../src/image/kernel/download-kernel.ts';
import { openWorkshop, type Workshop } from '../workshop.ts';

let shop: Workshop;
let server: Server;
let base = '';
let requests: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
beforeAll(async () => {
  shop = openWorkshop();
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  requests = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  shop.remove();
});

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const BYTES = Buffer.from('what a kernel could be');
const gives = (bytes: Buffer) => (_: IncomingMessage, response: ServerResponse) => void response.end(bytes);
let caches = 0;
const download = (path: string, digest: string, timeoutMs?: number, cacheDir = join(shop.dir, `cache-${caches++}`)) =>
  downloadKernel({
    ...{ source: { url: `${base}${path}`, sha256: digest }, cacheDir, log: () => {} },
    ...(timeoutMs !== undefined && { timeoutMs }),
  });

const entries = (cacheDir: string): string[] =>
  existsSync(join(cacheDir, 'kernel')) ? readdirSync(join(cacheDir, 'kernel')) : [];

it('is fetched once, whatever the letters of its digest', async () => {
  answer = gives(BYTES);
  const cacheDir = join(shop.dir, 'once');
  const path = await download('/vmlinux', sha256(BYTES), undefined, cacheDir);
  expect(readFileSync(path).equals(BYTES)).toBe(true);
  expect(await download('/vmlinux', sha256(BYTES).toUpperCase(), undefined, cacheDir)).toBe(path);
  expect(requests).toEqual(['/vmlinux']);
});

it('of another digest is refused with both, and nothing of it is kept', async () => {
  answer = gives(BYTES);
  const wrong = sha256('something else');
  const cacheDir = join(shop.dir, 'wrong');
  await expect(download('/vmlinux', wrong, undefined, cacheDir)).rejects.toThrow(
    `the guest kernel from ${base}/vmlinux has SHA-256 ${sha256(BYTES)}, not ${wrong} as the config says: it was not kept`,
  );
  expect(entries(cacheDir)).toEqual([]);
});

it('follows five redirects and no more', async () => {
  const chain = (request: IncomingMessage, response: ServerResponse): void => {
    const left = Number(request.url?.slice(1));
    if (left === 0) response.end(BYTES);
    else response.writeHead(302, { location: `/${left - 1}` }).end();
  };
  answer = chain;
  expect(readFileSync(await download('/5', sha256(BYTES))).equals(BYTES)).toBe(true);
  await expect(download('/6', sha256(BYTES))).rejects.toThrow(
    `the guest kernel from ${base}/6 redirects more than 5 times: download it by hand and name its path`,
  );
});

it('is led to nothing but http', async () => {
  answer = (_, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end();
  await expect(download('/vmlinux', sha256(BYTES))).rejects.toThrow('leads to file:, which is neither http nor https');
});

it.each([
  ['an error', (response: ServerResponse) => response.writeHead(404).end('no'), /answers 404/],
  ['nothing', (response: ServerResponse) => response.destroy(), /could not be downloaded \(.+\)/],
  [
    'half of it',
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half', () => response.destroy());
    },
    /could not be downloaded \(.+\)/,
  ],
  [
    'too much, and says so',
    (response: ServerResponse) => response.writeHead(200, { 'content-length': String(513 * 2 ** 20) }).flushHeaders(),
    /is larger than 536870912 bytes/,
  ],
])('tells of a server that gives %s', async (name, give, message) => {
  answer = (_, response) => void give(response);
  const cacheDir = join(shop.dir, name);
  const error = await download('/vmlinux', sha256(BYTES), undefined, cacheDir).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ name: 'NotMeasurableError' });
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message).toMatch(/: download it by hand and name its path$/);
  expect(entries(cacheDir)).toEqual([]);
});

it('of a server that never ends is given up', async () => {
  answer = (_, response) => void response.write('a little');
  await expect(download('/vmlinux', sha256(BYTES), 300)).rejects.toThrow('was not there within 0.3 s');
});

it('a run that is stopped does not wait for a server that says nothing', async () => {
  const stop = new AbortController();
  answer = () => stop.abort(new Error('stopped'));
  const cacheDir = join(shop.dir, 'stopped');
  const source = { url: `${base}/silent`, sha256: sha256(BYTES) };
  const downloading = downloadKernel({ source, cacheDir, log: () => {}, signal: stop.signal });
  await expect(downloading).rejects.toThrow('stopped');
  expect(entries(cacheDir)).toEqual([]);
}, 20_000);
