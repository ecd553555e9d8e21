/** QEMU Machine Protocol, as much as evidence needs. The peer connects to us, so that nothing has to be polled. */

import type { Socket } from 'node:net';
import * as v from 'valibot';
import { lineSplitter, parseMessage } from '../channel/lines.ts';

/** The first question comes while QEMU sets its machine up, which takes seconds on a busy host; no start waits for it. */
const ANSWER_MS = 20_000;

export interface Qmp {
  /** @throws Error when QEMU answers with an error or not within {@link ANSWER_MS} */
  query(command: 'query-kvm' | 'query-status' | 'query-version'): Promise<Record<string, unknown>>;
}

const Answer = v.object({ return: v.optional(v.record(v.string(), v.unknown())), error: v.optional(v.unknown()) });

/**
 * `fail` is called with the rest of a sentence when QEMU stops the guest by itself, as it does on an internal error of KVM,
 * and when it says what is not QMP, after which nothing it says is listened to.
 */
export function openQmp(socket: Socket, fail: (what: string) => void): Qmp {
  let waiter: ((message: Record<string, unknown>) => void) | null = null;
  const split = lineSplitter((line) => {
    const message = parseMessage(line.text);
    if (message['event'] === 'STOP') fail('stopped the guest');
    if ('event' in message || 'QMP' in message) return;
    waiter?.(message);
    waiter = null;
  });
  // An error that is thrown here would be uncaught: a guest that took over its VMM could end the whole run.
  const listen = (chunk: Buffer): void => {
    try {
      split(chunk);
    } catch (error) {
      socket.off('data', listen);
      socket.resume();
      fail(`does not speak QMP (${(error as Error).message})`);
    }
  };
  socket.on('data', listen);
  socket.on('error', () => {});

  const execute = (command: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`QEMU did not answer ${command} within ${ANSWER_MS / 1000} s`)),
        ANSWER_MS,
      ).unref();
      waiter = (message) => {
        clearTimeout(timer);
        const answer = v.safeParse(Answer, message);
        if (!answer.success || answer.output.error !== undefined)
          reject(new Error(`QEMU refused ${command}: ${JSON.stringify(message).slice(0, 200)}`));
        else resolve(answer.output.return ?? {});
      };
      socket.write(`${JSON.stringify({ execute: command })}\r\n`);
    });

  // Events come only after the capabilities are negotiated: at once, so that none is missed.
  const negotiated = execute('qmp_capabilities');
  negotiated.catch(() => {});
  return {
    async query(command) {
      await negotiated;
      return execute(command);
    },
  };
}
