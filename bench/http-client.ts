/**
 * What of an HTTP function's call is the agent's own: its CPU time while it calls a server that answers fixed bytes. Request
 * and answer follow each other, so that CPU time is a part of each call's duration, whatever the server does.
 *
 *   node bench/run.mjs http-client
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { median } from 'simple-statistics';

const [root = '.'] = process.argv.slice(2);
const PORT = 18_080;
const REPEAT = 5_000;
const ROUNDS = 9;
/** Bytes of the event and of the answer's body. */
const SIZES = [2, 1_000, 100_000, 1_000_000];
const SERVER = `
const answers = new Map();
require('node:net').createServer((socket) => {
  let left = 0;
  let answer;
  socket.on('data', (part) => {
    if (left === 0) {
      const head = part.indexOf('\\r\\n\\r\\n');
      const length = Number(/content-length: (\\d+)/i.exec(part.toString('latin1', 0, head))[1]);
      if (!answers.has(length)) answers.set(length, 'HTTP/1.1 200 OK\\r\\nContent-Length: ' + length + '\\r\\n\\r\\n' + 'x'.repeat(length));
      answer = answers.get(length);
      left = head + 4 + length;
    }
    left -= part.length;
    if (left === 0) socket.write(answer);
  });
}).listen(${PORT}, '127.0.0.1');`;

const agent = join(root, 'dist/guest/agent');
const args = ['-c', '0', agent, 'http', '--port', String(PORT), '--', process.execPath, '-e', SERVER];
const child = spawn('taskset', args, { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
await lines.next();

/** Nanoseconds that the agent has had a CPU (proc_pid_schedstat, first field). */
const cpuNs = (): number => Number(readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ')[0]);

const rows: string[] = [];
for (const size of SIZES) {
  const repeat = Math.min(REPEAT, Math.ceil(2e8 / (size + 2e4)));
  const shares: { cpu: number; call: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = cpuNs();
    child.stdin.write(`${JSON.stringify({ id: 1, event: 'x'.repeat(size), repeat })}\n`);
    const { value } = await lines.next();
    const ns: number[] = JSON.parse(value ?? '').ns;
    shares.push({ cpu: (cpuNs() - before) / repeat, call: median(ns) });
  }
  const us = (key: 'cpu' | 'call'): string => (median(shares.map((share) => share[key])) / 1000).toFixed(1);
  rows.push(`| ${size} | ${us('cpu')} | ${us('call')} |`);
}
child.stdin.end();
await once(child, 'close');
process.stdout.write(
  [
    '| bytes of event and body | CPU time of the agent per call, µs | call, µs |',
    '| --: | --: | --: |',
    ...rows,
    '',
  ].join('\n'),
);
