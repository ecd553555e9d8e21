/** HTTP over a VMM's unix socket: how Firecracker and Cloud Hypervisor are told what to run. */

import { once } from 'node:events';
import { type FSWatcher, watch } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { shorten } from '../../lib/text.ts';
import { InstanceError } from '../../model/errors.ts';

/** An answer of Cloud Hypervisor's is its whole configuration, some kilobytes. */
const MAX_ANSWER_BYTES = 2 ** 20;
const MAX_WORDS = 500;
/** A connection may break just before its VMM's end is seen, which says more: it gets this long to be heard first. */
const END_MS = 200;
/** A socket is bound a moment before it listens. */
const LISTEN_STEP_MS = 1;

export interface VmmApi {
  /**
   * The body of a successful answer, parsed; null where it has none.
   * @throws InstanceError with the VMM's own words when it refuses, gives no answer in time, or one that is not JSON
   */
  call(method: 'GET' | 'PUT' | 'PATCH', path: string, body?: unknown): Promise<unknown>;
  close(): void;
}

/** A field of an answer. One that is missing is no reason to fail here: evidence that is missing contradicts. */
export const AnswerWord = v.fallback(v.pipe(v.string(), v.maxLength(100)), '');

/** A request is answered in milliseconds. */
const MOST_MS = 20_000;

/** Each call may take `timeoutMs`, and never more than 20 s. */
export function openVmmApi(options: { vmm: string; socketPath: string; timeoutMs: number }): VmmApi {
  const { vmm, socketPath } = options;
  const timeoutMs = Math.min(MOST_MS, options.timeoutMs);
  // One connection for all calls: a VMM serves them one after another anyway.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    async call(method, path, body) {
      const what = `${vmm} ${method} ${path}`;
      const answer = await exchange({ agent, socketPath, method, path, body, timeoutMs }).catch(
        async (error: Error) => {
          if (error.name === 'TimeoutError' || error.name === 'AbortError')
            throw new InstanceError('timeout', 'start', `${what}: no answer within ${timeoutMs} ms`);
          await sleep(END_MS);
          throw new InstanceError('start-failed', 'start', `${what}: ${error.message}`, { cause: error });
        },
      );
      if (answer.status < 200 || answer.status > 299)
        throw new InstanceError('start-failed', 'start', `${what} answered ${answer.status}: ${wordsOf(answer.text)}`);
      if (answer.text === '') return null;
      const parsed = parseJson(answer.text);
      if (parsed === undefined)
        throw new InstanceError(
          'start-failed',
          'start',
          `${what} answered no JSON: ${shorten(answer.text, MAX_WORDS)}`,
        );
      return parsed;
    },
    close: () => agent.destroy(),
  };
}

interface Exchange {
  agent: Agent;
  socketPath: string;
  method: string;
  path: string;
  body: unknown;
  timeoutMs: number;
}

function exchange(options: Exchange): Promise<{ status: number; text: string }> {
  const { body, timeoutMs, ...target } = options;
  const bytes = body === undefined ? null : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...target,
        // Whatever listens there, a request names no host of its own.
        host: 'localhost',
        signal: AbortSignal.timeout(timeoutMs),
        headers: bytes ? { 'content-type': 'application/json', 'content-length': bytes.length } : {},
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) answer.destroy(new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`));
          else chunks.push(chunk);
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8').trim() }),
        );
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(bytes ?? undefined);
  });
}

/** `{"fault_message":"…"}` is Firecracker's way, `["…","…"]` with ever closer causes Cloud Hypervisor's. */
function wordsOf(text: string): string {
  const body = parseJson(text);
  if (Array.isArray(body)) return shorten(body.map(String).join(': '), MAX_WORDS);
  const fault = (body as { fault_message?: unknown } | null | undefined)?.fault_message;
  return shorten(typeof fault === 'string' ? fault : text || 'without a word', MAX_WORDS);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Resolves when somebody listens at `path`, which need not exist yet but whose directory must; `signal` ends the wait.
 * The directory is watched, so that no start is rounded up to the step of a poll.
 */
export async function untilListening(path: string, signal: AbortSignal): Promise<void> {
  const watcher = watch(dirname(path), { signal, persistent: false });
  let change = nextChange(watcher, signal);
  try {
    for (;;) {
      const refused = await connectFailure(path);
      if (refused === null) return;
      signal.throwIfAborted();
      if (refused === 'ECONNREFUSED') await sleep(LISTEN_STEP_MS, undefined, { signal });
      else if (refused === 'ENOENT') {
        await change;
        change = nextChange(watcher, signal);
      } else throw new Error(`${path} cannot be connected to: ${refused}`);
    }
  } finally {
    watcher.close();
  }
}

function nextChange(watcher: FSWatcher, signal: AbortSignal): Promise<unknown> {
  const changed = once(watcher, 'change', { signal });
  // The last one is not awaited: its end must not be an unhandled rejection.
  changed.catch(() => {});
  return changed;
}

function connectFailure(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(null);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
