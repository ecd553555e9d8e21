import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openVmmApi, untilListening, type VmmApi } from '../../../src/isolation/vm/vmm-api.ts';

let directory: string;
let socketPath: string;
let server: Server;
let api: VmmApi;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'isogate-vmm-api-'));
  socketPath = join(directory, 'api');
  api = openVmmApi({ vmm: 'The VMM', socketPath, timeoutMs: 500 });
});
afterEach(async () => {
  api.close();
  server?.closeAllConnections();
  server?.close();
  rmSync(directory, { recursive: true });
});

const serve = async (listener: RequestListener): Promise<void> => {
  server = createServer(listener).listen(socketPath);
  await untilListening(socketPath, AbortSignal.timeout(5_000));
};

describe('a call', () => {
  it('sends JSON with its length, and gives the answer’s', async () => {
    await serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { method, url, headers } = request;
      const { 'content-type': type, 'content-length': length, 'transfer-encoding': coding } = headers;
      response.end(JSON.stringify({ method, url, type, length, coding, body }));
    });
    expect(await api.call('PUT', '/vm', { a: 'ü' })).toEqual({
      ...{ method: 'PUT', url: '/vm', type: 'application/json', length: '10', body: '{"a":"ü"}' },
    });
    expect(await api.call('PUT', '/vm')).toEqual({ method: 'PUT', url: '/vm', length: '0', body: '' });
    expect(await api.call('GET', '/vm')).toEqual({ method: 'GET', url: '/vm', body: '' });
  });

  it('gives null for an answer without a body', async () => {
    await serve((_, response) => response.writeHead(204).end());
    expect(await api.call('PUT', '/vm')).toBeNull();
  });

  it.each([
    ['{"fault_message":"no such kernel"}', 'no such kernel'],
    ['["Error from API","The VM could not boot"]', 'Error from API: The VM could not boot'],
    ['plain words', 'plain words'],
    ['', 'without a word'],
    ['{"other":1}', '{"other":1}'],
    ['x'.repeat(2_000), `${'x'.repeat(500)}…`],
  ])('fails with the status and the words of %s', async (body, words) => {
    await serve((_, response) => response.writeHead(400).end(body));
    await expect(api.call('PUT', '/boot')).rejects.toMatchObject({
      ...{ name: 'InstanceError', status: 'start-failed' },
      message: `The VMM PUT /boot answered 400: ${words}`,
    });
  });

  it('fails where the answer is no JSON', async () => {
    await serve((_, response) => response.end('<html>'));
    await expect(api.call('GET', '/')).rejects.toThrow('The VMM GET / answered no JSON: <html>');
  });

  it('does not wait for ever, nor for an answer that never ends', async () => {
    await serve((request, response) => {
      if (request.url === '/slow') response.write('{');
    });
    for (const path of ['/silent', '/slow'])
      await expect(api.call('GET', path)).rejects.toMatchObject({
        ...{ status: 'timeout', message: `The VMM GET ${path}: no answer within 500 ms` },
      });
  });

  it('takes no more than a mebibyte', async () => {
    await serve((_, response) => response.end(`"${'x'.repeat(2 ** 20)}"`));
    await expect(api.call('GET', '/')).rejects.toThrow('an answer of more than 1048576 bytes');
  });

  it('fails when nobody listens, or the connection breaks', async () => {
    await expect(api.call('GET', '/')).rejects.toThrow(/^The VMM GET \/: connect ENOENT /);
    await serve((request) => request.socket.destroy());
    await expect(api.call('GET', '/')).rejects.toThrow(/^The VMM GET \/: socket hang up$/);
  });
});

describe('waiting for a socket', () => {
  it('ends when somebody listens, late or early', async () => {
    const listening = untilListening(socketPath, AbortSignal.timeout(5_000));
    await sleep(50);
    server = createServer().listen(socketPath);
    await listening;
    await untilListening(socketPath, AbortSignal.timeout(5_000));
  });

  it('ends with the signal’s reason', async () => {
    const stop = new AbortController();
    const waiting = untilListening(socketPath, stop.signal);
    setTimeout(() => stop.abort(), 50);
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
