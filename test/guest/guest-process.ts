import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';

export const root = resolve(import.meta.dirname, '../..');
export const agent = join(root, 'dist/guest/agent');
export const fixtures = join(root, 'fixtures/functions');
const guest = join(root, 'src/guest');

export type Message = Record<string, unknown>;

export interface GuestProcess {
  pid: number;
  send(request: Message | string): void;
  /** The next line; null at the end of the channel. */
  next(): Promise<Message | null>;
  /** Closes the channel's way in. */
  end(): void;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stderr(): string;
}

export const nodeArgs = (file: string, name = 'handler'): string[] => [
  ...['exec', '--protect-stdout', '--', process.execPath, join(guest, 'runtime.mjs'), file, name],
];
export const pythonArgs = (file: string, name = 'handler'): string[] => [
  ...['exec', '--protect-stdout', '--', 'python3', '-B', '-u', join(guest, 'runtime.py'), file, name],
];

/** Fails the test's next look at it when there is none. */
export const first = (messages: Message[]): Message => messages[0] ?? {};

/** Runs the agent, or another program, with these arguments; killed at the end of the test if it still runs then. */
export function startAgent(args: string[], cwd: string, program = agent): GuestProcess {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(program, args, {
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  let stderr = '';
  let ended = false;
  let wake = (): void => {};
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    wake();
  });
  child.stdout.on('end', () => {
    ended = true;
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part;
  });
  // A guest that is gone has closed its end; the tests look at how it went.
  child.stdin.on('error', () => {});
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) => {
    child.on('close', (code, signal) => done({ code, signal }));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });

  return {
    pid: child.pid ?? 0,
    send: (request) => child.stdin.write(typeof request === 'string' ? request : `${JSON.stringify(request)}\n`),
    async next() {
      while (!text.includes('\n') && !ended) {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
      const end = text.indexOf('\n');
      if (end < 0) return null;
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      return JSON.parse(line);
    },
    end: () => child.stdin.end(),
    exited,
    stderr: () => stderr,
  };
}

/** Past `hello`: the next message is `ready` or `failed`. */
export async function startRuntime(args: string[], cwd: string): Promise<GuestProcess> {
  const started = startAgent(args, cwd);
  const hello = await started.next();
  if (hello?.['type'] !== 'hello') throw new Error(`no hello: ${JSON.stringify(hello)} ${started.stderr()}`);
  return started;
}

/** Answers of one short-lived guest to these requests, then the end of the channel. */
export async function converse(args: string[], cwd: string, requests: (Message | string)[]) {
  const started = await startRuntime(args, cwd);
  for (const request of requests) started.send(request);
  started.end();
  const messages: Message[] = [];
  for (let message = await started.next(); message !== null; message = await started.next()) messages.push(message);
  return { messages, ...(await started.exited), stderr: started.stderr() };
}
