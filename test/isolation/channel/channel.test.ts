import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type Channel, openChannel } from '../../../src/isolation/channel/channel.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A real socket with a scripted peer: it says `greeting`, then answers each request as told. */
async function channelTo(
  greeting: string,
  answer: (request: { id: number; repeat: number }, peer: Socket) => void,
): Promise<Channel> {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-channel-'));
  const server = createServer((peer) => {
    peer.on('error', () => {});
    peer.write(greeting);
    peer.on('data', (chunk) => {
      for (const line of chunk.toString().trim().split('\n')) answer(JSON.parse(line), peer);
    });
  });
  server.listen(join(directory, 's'));
  await once(server, 'listening');
  const socket = createConnection(join(directory, 's'));
  cleanups.push(() => {
    socket.destroy();
    server.close();
    rmSync(directory, { recursive: true });
  });
  return openChannel(socket, () => 'the peer went away');
}

const HELLO = '{"type":"hello","evidence":{"uid":"7"}}\n';
const READY = '{"type":"ready","runtime":"x","version":"1"}\n';
const send = (peer: Socket, message: unknown): boolean => peer.write(`${JSON.stringify(message)}\n`);

it('takes evidence and readiness, then one answer a request', async () => {
  const channel = await channelTo(`{"type":"booted"}\n${HELLO}${READY}`, ({ id, repeat }, peer) =>
    send(peer, { id, ok: true, result: 'r', ns: Array(repeat).fill(5) }),
  );
  let booted = false;
  const ready = await channel.ready(1000, () => {
    booted = true;
  });
  expect(ready.evidence).toEqual({ uid: '7' });
  expect(booted).toBe(true);
  const reply = await channel.invoke({ a: 1 }, 3, 1000, 'invoke');
  expect(reply).toMatchObject({ ok: true, result: 'r', ns: [5, 5, 5] });
  expect(reply.roundTripMs).toBeGreaterThan(0);
});

it('reports the function’s own message when it cannot be loaded', async () => {
  const channel = await channelTo(
    `${HELLO}{"type":"failed","error":{"name":"SyntaxError","message":"no export"}}\n`,
    () => {},
  );
  await expect(channel.ready(1000)).rejects.toMatchObject({
    status: 'handler-error',
    message: 'SyntaxError: no export',
  });
});

it('does not accept readiness before the agent’s evidence', async () => {
  const channel = await channelTo(READY, () => {});
  await expect(channel.ready(1000)).rejects.toMatchObject({
    status: 'crashed',
    message: expect.stringContaining('"ready'),
  });
});

it('hands on a handler’s error', async () => {
  const channel = await channelTo(HELLO + READY, ({ id }, peer) =>
    send(peer, { id, ok: false, error: { name: 'TypeError', message: 'x is not a function' } }),
  );
  await channel.ready(1000);
  expect(await channel.invoke(null, 1, 1000, 'invoke')).toMatchObject({
    ok: false,
    error: { name: 'TypeError', message: 'x is not a function' },
  });
});

it.each([
  ['a wrong id', (id: number) => ({ id: id + 1, ok: true, result: null, ns: [1] })],
  ['too few durations', (id: number) => ({ id, ok: true, result: null, ns: [] })],
  ['a negative duration', (id: number) => ({ id, ok: true, result: null, ns: [-1] })],
  ['no verdict', (id: number) => ({ id, result: null })],
])('invalidates the instance on %s', async (_, message) => {
  const channel = await channelTo(HELLO + READY, ({ id }, peer) => send(peer, message(id)));
  await channel.ready(1000);
  await expect(channel.invoke(null, 1, 1000, 'invoke')).rejects.toMatchObject({
    status: 'crashed',
    message: expect.stringContaining('broken protocol'),
  });
});

it('invalidates the instance on an answer nobody asked for', async () => {
  const channel = await channelTo(HELLO + READY, ({ id }, peer) => {
    const line = `${JSON.stringify({ id, ok: true, result: null, ns: [1] })}\n`;
    peer.write(line + line);
  });
  await channel.ready(1000);
  await channel.invoke(null, 1, 1000, 'invoke');
  await expect(channel.invoke(null, 1, 1000, 'invoke')).rejects.toMatchObject({
    message: expect.stringContaining('an unsolicited message'),
  });
});

it('names garbage on the channel by its text', async () => {
  const channel = await channelTo(`${HELLO}Listening on port 8080\n`, () => {});
  await expect(channel.ready(1000)).rejects.toMatchObject({
    status: 'crashed',
    message: 'broken protocol: not a protocol message: "Listening on port 8080"',
  });
});

it('does not wait for readiness for ever', async () => {
  const channel = await channelTo(HELLO, () => {});
  await expect(channel.ready(60)).rejects.toMatchObject({ status: 'timeout', message: 'not ready within 60 ms' });
});

it('says what a guest was last waiting for when it gives up its start', async () => {
  const waiting = (message: string) => `{"type":"waiting","message":"${message}"}\n`;
  const channel = await channelTo(`${HELLO}${waiting('port 1')}${waiting('port 2')}`, () => {});
  await expect(channel.ready(60)).rejects.toMatchObject({
    status: 'timeout',
    message: 'not ready within 60 ms: port 2',
  });
  const flooded = await channelTo(HELLO + waiting('x').repeat(20_000), () => {});
  await expect(flooded.ready(5_000)).rejects.toMatchObject({ status: 'crashed' });
});

it('gives up waiting, and says when the peer ends', async () => {
  const silent = await channelTo(HELLO + READY, () => {});
  await silent.ready(1000);
  await expect(silent.invoke(null, 1, 50, 'invoke')).rejects.toMatchObject({
    status: 'timeout',
    message: 'no answer within 50 ms',
  });
  const leaving = await channelTo(HELLO + READY, (_, peer) => peer.end());
  await leaving.ready(1000);
  await expect(leaving.invoke(null, 1, 1000, 'invoke')).rejects.toMatchObject({
    status: 'crashed',
    message: 'the peer went away',
  });
});

it('tells an exit that the runtime announced', async () => {
  const channel = await channelTo(HELLO + READY, (_, peer) => peer.end('{"type":"exit","code":3}\n'));
  await channel.ready(1000);
  await expect(channel.invoke(null, 1, 1000, 'invoke')).rejects.toMatchObject({
    status: 'crashed',
    message: 'the function exited with code 3',
  });
});

it('asks with ids that cannot be foreseen', async () => {
  const ids: number[] = [];
  const channel = await channelTo(HELLO + READY, ({ id }, peer) => {
    ids.push(id);
    send(peer, { id, ok: true, result: null, ns: [1] });
  });
  await channel.ready(1000);
  for (let i = 0; i < 20; i++) await channel.invoke(null, 1, 1000, 'invoke');
  const steps = new Set(ids.slice(1).map((id, i) => id - (ids[i] as number)));
  expect(steps.size).toBe(19);
});

it('keeps no more of an error than anybody reads', async () => {
  const channel = await channelTo(HELLO + READY, ({ id }, peer) =>
    send(peer, { id, ok: false, error: { name: 'E', message: 'y'.repeat(1_000_000) } }),
  );
  await channel.ready(1000);
  expect(await channel.invoke(null, 1, 1000, 'invoke')).toMatchObject({
    ok: false,
    error: { name: 'E', message: `${'y'.repeat(4096)}…` },
  });
});
