import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { openQmp } from '../../../src/isolation/vm/qmp.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-qmp-'));
afterAll(() => rmSync(directory, { recursive: true }));

let sockets = 0;

/** Both ends: ours, and that of whatever was started under QEMU's name. */
async function connected(): Promise<{ own: Socket; peer: Socket; close: () => void }> {
  const path = join(directory, `qmp-${sockets++}`);
  const server = createServer().listen(path);
  await once(server, 'listening');
  const peer = connect(path);
  const [own] = (await once(server, 'connection')) as [Socket];
  const close = (): void => {
    server.close();
    own.destroy();
    peer.destroy();
  };
  return { own, peer, close };
}

it.each([
  ['no JSON', 'hello\n', 'does not speak QMP (not a protocol message: "hello")'],
  ['JSON that is no object', '[1]\n', 'does not speak QMP (not a protocol message: "[1]")'],
  [
    'a line without end',
    'x'.repeat(33 * 2 ** 20),
    'does not speak QMP (a line of more than 33554432 bytes came over the channel)',
  ],
])('%s is the instance’s failure, not the harness’s', async (_, words, said) => {
  const { own, peer, close } = await connected();
  const failures: string[] = [];
  openQmp(own, (what) => failures.push(what));
  peer.write(words);
  peer.write('more of the same\n');
  for (let tries = 0; failures.length === 0 && tries < 500; tries++) await sleep(10);
  await sleep(50);
  expect(failures).toEqual([said]);
  close();
});

it('a guest that QEMU stopped by itself has failed', async () => {
  const { own, peer, close } = await connected();
  const failures: string[] = [];
  openQmp(own, (what) => failures.push(what));
  peer.write('{"QMP": {"version": {}}}\n{"return": {}}\n{"event": "STOP"}\n');
  for (let tries = 0; failures.length === 0 && tries < 500; tries++) await sleep(10);
  expect(failures).toEqual(['stopped the guest']);
  close();
});
