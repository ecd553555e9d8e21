/** One request to an HTTP server on a unix socket, with its answer as it came. */

import { request } from 'node:http';

export interface SocketAnswer {
  status: number;
  text: string;
}

/** `body` is sent as it is when it is a string, else as JSON; left out, there is none. */
export function askSocket(socketPath: string, method: string, path: string, body?: unknown): Promise<SocketAnswer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) };
    const sent = request({ socketPath, method, path, headers, agent: false, timeout: 10_000 }, (answer) => {
      let answered = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        answered += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: answered }));
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
    sent.on('error', reject);
    sent.end(text);
  });
}
