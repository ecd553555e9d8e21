/**
 * Stands in for `cloud-hypervisor` in tests: its command line, its API on a unix socket with the statuses and words that
 * the real one (v53.0) was seen to answer with, and behind `vm.boot` a guest that really boots. Stricter than the real one
 * in one thing: fields that the API description does not have are refused.
 */

import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BootedGuest } from './boot-qemu.ts';
import { parseVmConfig, type VmConfig } from './cloud-hypervisor-schema.ts';
import { boot, defaultsFilledIn, Refusal } from './cloud-hypervisor-vm.ts';
import { readTools } from './tools.ts';

const VERSION = '53.0';
const ROOT = '/api/v1/';
const MAX_BODY_BYTES = 51_200;

const options = parseCommandLine();
const tools = readTools(join(import.meta.dirname, 'tools.json'));
let config: VmConfig | null = null;
let guest: BootedGuest | null = null;

type Handler = (body: string) => unknown;

/** Undefined is 204, anything else the body of a 200. */
const HANDLERS: Record<string, { method: 'GET' | 'PUT'; handle: Handler }> = {
  'vmm.ping': {
    method: 'GET',
    handle: () => ({ build_version: `v${VERSION}`, version: `${VERSION}.0`, pid: process.pid, features: ['kvm'] }),
  },
  'vm.info': { method: 'GET', handle: info },
  'vm.create': { method: 'PUT', handle: create },
  'vm.boot': { method: 'PUT', handle: bootVm },
  'vm.shutdown': { method: 'PUT', handle: shutDown },
  'vm.delete': {
    method: 'PUT',
    handle() {
      stopGuest();
      config = null;
    },
  },
  'vmm.shutdown': {
    method: 'PUT',
    handle() {
      setImmediate(() => end(0));
      // The description says 204; this is what is answered.
      return '';
    },
  },
};

const fromApi = (status: number, ...causes: string[]): Refusal => new Refusal(status, ['Error from API', ...causes]);

function create(body: string): undefined {
  if (body === '') throw new Refusal(400, []);
  const parsed = parseVmConfig(body);
  if (typeof parsed === 'string') throw new Refusal(400, ['Failed to deserialize JSON', parsed]);
  if (config) throw fromApi(500, 'The VM could not be created', 'VM is already created');
  config = parsed;
}

async function bootVm(): Promise<undefined> {
  if (!config) throw fromApi(404, 'The VM could not boot', 'VM config is missing');
  if (guest) throw fromApi(500, 'The VM could not boot', 'VM is already created');
  const booted = await boot(config, tools);
  guest = booted;
  void booted.ended.then(({ code, signal, words }) => {
    if (guest !== booted) return;
    // A guest that powers off ends the VMM, and so does one that cannot go on; both with 0.
    if (code !== 0) log(`ERROR -- the guest ended with ${signal ?? code}: ${words}`);
    end(0);
  });
}

function shutDown(): undefined {
  if (!guest) throw fromApi(500, 'The VM could not shutdown', 'VM is not running');
  stopGuest();
}

function info(): unknown {
  if (!config) throw fromApi(404, 'The VM info is not available', 'VM is not created');
  const filled = defaultsFilledIn(config);
  return { config: filled, state: guest ? 'Running' : 'Created', memory_actual_size: filled.memory?.size };
}

function stopGuest(): void {
  const stopped = guest;
  guest = null;
  stopped?.kill();
}

const server = createServer((request, response) => void serve(request, response)).listen(options.socketPath);
server.on('error', (error) => {
  log(`ERROR -- Fatal error: StartVmmThread(CreateApiServerSocket(${error.message}))`);
  process.exit(1);
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(0));

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('Server', 'Cloud Hypervisor API');
  response.setHeader('Content-Type', 'application/json');
  try {
    const answer = await answerTo(request, await bodyOf(request));
    if (answer === undefined) response.writeHead(204).end();
    else response.writeHead(200).end(answer === '' ? '' : JSON.stringify(answer));
  } catch (error) {
    if (!(error instanceof Refusal)) log(`ERROR -- ${(error as Error).stack}`);
    const { status, causes } =
      error instanceof Refusal ? error : { status: 500, causes: ['Error from API', (error as Error).message] };
    response.writeHead(status).end(causes.length === 0 ? '' : JSON.stringify(causes));
  }
}

function answerTo({ method, url = '' }: IncomingMessage, body: string): unknown {
  const handler = url.startsWith(ROOT) ? HANDLERS[url.slice(ROOT.length)] : undefined;
  if (!handler) throw new Refusal(404, ['Not Found']);
  if (method !== handler.method) throw new Refusal(400, ['Bad Request']);
  if (body !== '' && url !== `${ROOT}vm.create`) throw new Refusal(400, ['Bad Request']);
  return handler.handle(body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Refusal(400, ['Bad Request']);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function end(code: number): never {
  stopGuest();
  rmSync(options.socketPath, { force: true });
  process.exit(code);
}

function log(words: string): void {
  process.stderr.write(`cloud-hypervisor: <stand-in> ${words}\n`);
}

/** As clap does: code 2 for what it does not know, only the options that something here gives. */
function parseCommandLine(): { socketPath: string } {
  const complain = (words: string): never => {
    process.stderr.write(`error: ${words}\n\nFor more information, try '--help'.\n`);
    process.exit(2);
  };
  try {
    const { values } = parseArgs({
      options: {
        'api-socket': { type: 'string' },
        seccomp: { type: 'string' },
        version: { type: 'boolean', short: 'V' },
      },
      strict: true,
      allowPositionals: false,
    });
    if (values.version) {
      process.stdout.write(`cloud-hypervisor v${VERSION} (stand-in)\n`);
      process.exit(0);
    }
    const seccomp = values.seccomp ?? 'true';
    if (!['true', 'false', 'log', 'errno'].includes(seccomp))
      return complain(`invalid value '${seccomp}' for '--seccomp <seccomp>'`);
    const socketPath = values['api-socket']?.match(/^path=([^,]+)$/)?.[1];
    if (socketPath === undefined) return complain(`--api-socket path=<path> is needed, and is ${values['api-socket']}`);
    // It takes the lock, and then a socket that is there is a dead one's.
    writeFileSync(`${socketPath}.lock`, '', { mode: 0o600 });
    rmSync(socketPath, { force: true });
    return { socketPath };
  } catch (error) {
    return complain((error as Error).message);
  }
}
