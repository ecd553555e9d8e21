import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { findGuestKernel } from '../../../src/image/kernel/find-guest-kernel.ts';
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
const gives = (bytes: Buffer) => (_: IncomingMessage, response: ServerResponse) => void response.end(bytes);

it('is then a guest kernel like any other', async (context) => {
  const dir = ['/opt/isogate/kernel', '/opt/isogate/kernel-minimal'].find((one) => existsSync(one));
  if (dir === undefined) return context.skip('there is no guest kernel here: run scripts/setup-runner');
  const installed = await findGuestKernel({ source: null, cacheDir: shop.cacheDir, guestDir: shop.guestDir }).catch(
    () => null,
  );
  const bytes = readFileSync(installed?.vmlinuxPath ?? join(dir, 'vmlinux'));
  answer = gives(bytes);
  const source = { url: `${base}/vmlinux`, sha256: sha256(bytes) };
  const kernel = await findGuestKernel({ source, cacheDir: shop.cacheDir, guestDir: shop.guestDir });
  expect(kernel).toMatchObject({ modulesDir: null, bzImagePath: null });
  expect(readFileSync(kernel.vmlinuxPath).equals(bytes)).toBe(true);
  if (installed !== null) expect(kernel.release).toBe(installed.release);
});
