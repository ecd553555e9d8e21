/** QEMU Machine Protocol, as much as evidence needs. The peer connects to us, so that nothing has to be polled. */

import type { Socket } from 'node:net';
import * as v from 'valibot';
import { lineSplitter, parseMessage } from './lines.ts';

export interface Qmp {
  /** @throws Error when QEMU answers with an error or not within two seconds */
  query(command: 'query-kvm' | 'query-status' | 'query-version'): Promise<Record<string, unknown>>;
}

const Answer = v.object({ return: v.optional(v.record(v.string(), v.unknown())), error: v.optional(v.unknown()) });

/** `onStop` is called when QEMU stops the guest by itself, as it does on an internal error of KVM. */
export function openQmp(socket: Socket, onStop: () => void): Qmp {
  let waiter: ((message: Record<string, unknown>) => void) | null = null;
  socket.on(
    'data',
    lineSplitter((line) => {
      const message = parseMessage(line.text);
      if (message['event'] === 'STOP') onStop();
      if ('event' in message || 'QMP' in message) return;
      waiter?.(message);
      waiter = null;
    }),
  );
  socket.on('error', () => {});

  const execute = (command: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`QEMU did not answer ${command} within 2 s`)), 2_000);
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
