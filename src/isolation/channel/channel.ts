/** The line protocol of docs/reference/runtime-protocol.md over one duplex byte stream, from the host's side. */

import { randomInt } from 'node:crypto';
import type { Duplex } from 'node:stream';
import * as v from 'valibot';
import { shorten } from '../../lib/text.ts';
import { InstanceError } from '../../model/errors.ts';
import type { Reply } from '../../model/isolation.ts';
import type { InstanceRecord } from '../../model/samples.ts';
import { type Line, lineSplitter, parseMessage } from './lines.ts';

/** Nine digits, up to which V8 reads and writes a number in a fraction of the time; a guess breaks the protocol at once. */
const MAX_ID = 10 ** 9;
const MAX_MESSAGE = 4096;
/** More would keep the host busy: the agent says one a second. */
const MAX_WAITING = 10_000;

/** The function's own words, cut to a length that is still read. */
const Words = v.pipe(
  v.string(),
  v.transform((text) => shorten(text, MAX_MESSAGE)),
);
const ErrorShape = v.object({
  name: Words,
  message: Words,
  code: v.optional(v.pipe(v.string(), v.maxLength(64))),
  place: v.optional(v.pipe(v.string(), v.maxLength(256))),
});
const Hello = v.object({
  evidence: v.record(v.pipe(v.string(), v.maxLength(64)), v.pipe(v.string(), v.maxLength(16_384))),
});
const Failed = v.object({ error: ErrorShape });
const Waiting = v.object({ message: Words });
const Failure = v.object({ ok: v.literal(false), error: ErrorShape });

type Phase = NonNullable<InstanceRecord['phase']>;

export interface Channel {
  /** Resolves with the guest's evidence when the function is loaded. `onBooted` fires at a VM's first sign of life. */
  ready(
    timeoutMs: number,
    onBooted?: (atMs: number) => void,
  ): Promise<{ evidence: Record<string, string>; atMs: number }>;
  invoke(event: unknown, repeat: number, timeoutMs: number, phase: Phase): Promise<Reply & { atMs: number }>;
  /** Makes every pending and later call fail with this error; the first one wins. */
  fail(error: InstanceError): void;
}

interface Waiter {
  resolve(line: Line & { message: Record<string, unknown> }): void;
  reject(error: Error): void;
}

/**
 * `endMessage` explains the end of the stream: an exit code, the last words on stderr. `environment` goes to the agent as
 * soon as it has said hello.
 */
export function openChannel(
  stream: Duplex,
  endMessage: () => string | Promise<string>,
  environment: Buffer | null = null,
): Channel {
  let failure: InstanceError | null = null;
  let waiter: Waiter | null = null;
  let phase: Phase = 'start';
  const early: (Line & { message: Record<string, unknown> })[] = [];

  const fail = (error: InstanceError): void => {
    failure ??= error;
    waiter?.reject(failure);
    waiter = null;
  };
  const split = lineSplitter((line) => {
    const message = parseMessage(line.text);
    if (message['type'] === 'exit') {
      fail(new InstanceError('crashed', phase, `the function exited with code ${Number(message['code'])}`));
    } else if (waiter) {
      waiter.resolve({ ...line, message });
      waiter = null;
    } else if (phase === 'start') early.push({ ...line, message });
    else throw new Error(`an unsolicited message: ${JSON.stringify(shorten(line.text, 200))}`);
  });
  stream.on('data', (chunk: Buffer) => {
    if (failure) return;
    try {
      split(chunk);
    } catch (error) {
      fail(new InstanceError('crashed', phase, `broken protocol: ${(error as Error).message}`));
    }
  });
  const onEnd = async (): Promise<void> => {
    const message = await endMessage();
    fail(new InstanceError(phase === 'start' ? 'start-failed' : 'crashed', phase, message));
  };
  stream.on('end', onEnd);
  stream.on('error', onEnd);

  const next = (timeoutMs: number, message: string): Promise<Line & { message: Record<string, unknown> }> => {
    const queued = early.shift();
    if (queued) return Promise.resolve(queued);
    return new Promise((resolve, reject) => {
      if (failure) return reject(failure);
      const timer = setTimeout(() => fail(new InstanceError('timeout', phase, message)), timeoutMs);
      const settle =
        <T>(done: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          done(value);
        };
      waiter = { resolve: settle(resolve), reject: settle(reject) };
    });
  };

  return {
    fail,
    async ready(timeoutMs, onBooted) {
      const deadline = performance.now() + timeoutMs;
      const greeting: Greeting = { evidence: null, waitingFor: '', waits: 0 };
      for (;;) {
        const line = await next(
          Math.max(1, Math.round(deadline - performance.now())),
          `not ready within ${timeoutMs} ms${greeting.waitingFor}`,
        );
        if (line.message['type'] === 'booted' && greeting.evidence === null) onBooted?.(line.arrivedMs);
        else if (line.message['type'] === 'ready' && greeting.evidence !== null) {
          phase = 'first-response';
          return { evidence: greeting.evidence, atMs: line.arrivedMs };
        } else if (readGreeting(greeting, line) === 'hello' && environment !== null) stream.write(environment);
      }
    },
    async invoke(event, repeat, timeoutMs, inPhase) {
      phase = inPhase;
      // Random, so that a function cannot send an answer ahead of its question and look fast.
      const id = randomInt(MAX_ID);
      const request = `${JSON.stringify({ id, event, repeat })}\n`;
      const pending = next(timeoutMs, `no answer within ${timeoutMs} ms`);
      const sentMs = performance.now();
      stream.write(request);
      const line = await pending;
      const { arrivedMs: atMs, message } = line;
      const roundTripMs = atMs - sentMs;
      if (message['id'] !== id) throw brokenProtocol(inPhase, line);
      const { ok, ns, result = null, other } = message;
      if (ok === true && isTimes(ns, repeat)) {
        const reply = { ok: true as const, result, text: resultText(line.text, id, result), ns, roundTripMs, atMs };
        return other === undefined || repeat < 2
          ? reply
          : { ...reply, other: { result: other, text: JSON.stringify(other) } };
      }
      return { ok: false, error: parseAs(Failure, line, inPhase).error, roundTripMs, atMs };
    },
  };
}

/** Looked at by hand, as this is part of every call: a schema takes as long as all else that the host does in it. */
const isTimes = (ns: unknown, count: number): ns is number[] =>
  Array.isArray(ns) && ns.length === count && ns.every((one) => typeof one === 'number' && one >= 0);

/** The result's own text, which is cheaper to cut out than to write again, where the line is as our runtimes write it. */
const resultText = (line: string, id: number, result: unknown): string => {
  const prefix = `{"id":${id},"ok":true,"result":`;
  const end = line.startsWith(prefix) ? line.lastIndexOf(',"ns":[') : -1;
  return end > prefix.length ? line.slice(prefix.length, end) : JSON.stringify(result);
};

/** Fails the channel when the run is aborted. The listener is removed with the stream, since a run has many instances. */
export function failOnAbort(channel: Channel, stream: Duplex, signal: AbortSignal): void {
  const fail = (): void => channel.fail(new InstanceError('crashed', 'start', 'interrupted'));
  if (signal.aborted) fail();
  else signal.addEventListener('abort', fail, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', fail));
}

function parseAs<const S extends v.GenericSchema>(
  schema: S,
  line: Line & { message: unknown },
  phase: Phase,
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, line.message);
  if (!parsed.success) throw brokenProtocol(phase, line);
  return parsed.output;
}

interface Greeting {
  evidence: Record<string, string> | null;
  /** What the guest said that it is waiting for, as the end of a sentence. */
  waitingFor: string;
  waits: number;
}

/**
 * A line between `booted` and `ready`.
 * @returns its type
 * @throws InstanceError when the function failed to load, or there is no such line
 */
function readGreeting(greeting: Greeting, line: Line & { message: Record<string, unknown> }): unknown {
  const type = line.message['type'];
  if (type === 'hello' && greeting.evidence === null) greeting.evidence = parseAs(Hello, line, 'start').evidence;
  else if (type === 'waiting' && ++greeting.waits <= MAX_WAITING)
    greeting.waitingFor = `: ${parseAs(Waiting, line, 'start').message}`;
  else if (type === 'failed') {
    const { error } = parseAs(Failed, line, 'start');
    throw new InstanceError('handler-error', 'start', describeError(error), { code: error.code });
  } else throw brokenProtocol('start', line);
  return type;
}

/** As one sentence, with the place in the function's files where the runtime knows it. */
export const describeError = ({ name, message, place }: (Reply & { ok: false })['error']): string =>
  `${name}: ${message}${place === undefined ? '' : ` (${place})`}`;

const brokenProtocol = (phase: Phase, line: Line): InstanceError =>
  new InstanceError('crashed', phase, `broken protocol: unexpected message ${JSON.stringify(shorten(line.text, 200))}`);
