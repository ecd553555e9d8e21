/**
 * A strict stand-in for Firecracker: its options, its HTTP API, its refusals, with a guest of bootGuest's behind them.
 * Run as `node firecracker.mjs ARG…`, bundled by install.ts; what it needs stands in tools.json beside it.
 */

import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type BootedGuest, bootGuest, type Guest } from './boot-qemu.ts';
import { type Options, parseOptions } from './firecracker-cli.ts';
import { createMachine, type Machine, Refusal } from './firecracker-machine.ts';
import { readTools } from './tools.ts';

const VERSION = '1.16.1-stand-in';
/** FcExitCode: generic error, bad configuration, argument parsing. */
const EXIT = { error: 1, badConfiguration: 152, arguments: 153 };
const MAX_BODY = 51_200;

const tools = readTools(new URL('./tools.json', import.meta.url).pathname);
/** The stand-in jailer moves nobody's root: it says where the root would be. */
const root = process.env['ISOGATE_STAND_IN_ROOT'] ?? '';

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

function end(code: number, line?: string): never {
  if (line) {
    log(line);
    process.stderr.write(`Error: ${line}\n`);
  }
  log(`Firecracker exiting ${code === 0 ? 'successfully' : 'with error'}. exit_code=${code}`);
  process.exit(code);
}

let guest: BootedGuest | null = null;

async function boot(wanted: Guest, timed: boolean): Promise<void> {
  const startedMs = performance.now();
  const onBootTimer = (): void => {
    const us = Math.round((performance.now() - startedMs) * 1_000);
    log(`Guest-boot-time = ${us} us ${Math.trunc(us / 1_000)} ms, 0 CPU us 0 CPU ms`);
  };
  guest = await bootGuest({ ...wanted, ...(timed && { onBootTimer }) }, tools);
  void guest.ended.then(({ code, words }) => {
    // The guest's reboot is a good end of the machine; QEMU's own failure is not.
    if (code === 0) end(0);
    end(EXIT.error, `MicroVM stopped with an error: ${words}`);
  });
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
};

function answer(response: ServerResponse, status: number, body?: object): void {
  response.setHeader('Server', 'Firecracker API');
  response.setHeader('Connection', 'keep-alive');
  if (body) response.setHeader('Content-Type', 'application/json');
  response.writeHead(status);
  response.end(body && JSON.stringify(body));
}

async function serve(machine: Machine, id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await bodyOf(request);
  const method = request.method ?? '';
  const path = (request.url ?? '').replace(/^\/+/, '').split('/').filter(Boolean);
  if (!['GET', 'PUT', 'PATCH', 'DELETE'].includes(method))
    return answer(response, 400, { error: 'Invalid HTTP Method: Unsupported HTTP method.' });
  if (text.length > MAX_BODY)
    return answer(response, 400, { error: `Request payload with size ${text.length} is larger than the limit` });
  try {
    if (method === 'GET') return answer(response, 200, get(machine, id, path.join('/'), text));
    if (method === 'DELETE') throw new Refusal(`Invalid request method and/or path: DELETE ${path[0] ?? ''}.`);
    if (text === '') throw new Refusal(`Empty ${method} request.`);
    await (method === 'PUT' ? machine.put : machine.patch)(path, parse(text));
    answer(response, 204);
  } catch (error) {
    if (!(error instanceof Refusal)) end(EXIT.error, `stand-in: ${String(error)}`);
    answer(response, 400, { fault_message: error.message });
  }
}

function get(machine: Machine, id: string, path: string, text: string): object {
  if (text !== '') throw new Refusal('GET request cannot have a body.');
  if (path === '') return { id, state: machine.state(), vmm_version: VERSION, app_name: 'Firecracker' };
  if (path === 'version') return { firecracker_version: VERSION };
  if (path === 'vm/config') return machine.config();
  if (path === 'machine-config') return machine.config()['machine-config'] as object;
  throw new Refusal(`Invalid request method and/or path: GET ${path}.`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(`An error occurred when deserializing the json body of a request: ${String(error)}.`);
  }
}

/** The keys of a configuration file, in the order in which Firecracker applies them (resources.rs). */
const FILE_KEYS = ['logger', 'metrics', 'boot-source', 'machine-config', 'drives', 'vsock', 'entropy'];

async function configure(machine: Machine, file: string): Promise<void> {
  try {
    const config = JSON.parse(readFileSync(`${root}${file}`, 'utf8')) as Record<string, unknown>;
    for (const key of ['boot-source', 'drives'])
      if (!(key in config)) throw new Refusal(`Invalid JSON: missing field \`${key}\``);
    const unknown = Object.keys(config).find((key) => !FILE_KEYS.includes(key));
    if (unknown) throw new Refusal(`Invalid JSON: the stand-in knows no \`${unknown}\``);
    for (const key of FILE_KEYS.filter((one) => config[one])) {
      const parts = key === 'drives' ? (config[key] as { drive_id: string }[]) : [config[key]];
      for (const part of parts) await machine.put([key, (part as { drive_id: string }).drive_id], part);
    }
    await machine.put(['actions'], { action_type: 'InstanceStart' });
  } catch (error) {
    end(EXIT.error, `Failed to build MicroVM from Json: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function listen(machine: Machine, options: Options): Promise<void> {
  const path = `${root}${options['api-sock'] ?? '/run/firecracker.socket'}`;
  // The real one does not unlink a socket that is there, whoever left it.
  if (existsSync(path))
    end(
      EXIT.error,
      `RunWithApiError error: Failed to open the API socket at: ${path}. Check that it is not already used.`,
    );
  const id = String(options['id'] ?? 'anonymous-instance');
  // One at a time: the real one's API thread answers in the order of arrival.
  let turn = Promise.resolve();
  const server = createServer((request, response) => {
    turn = turn.then(() => serve(machine, id, request, response));
  });
  return new Promise((resolve) => {
    server.once('error', (error) => end(EXIT.error, `RunWithApiError error: ${error.message}`));
    server.listen(path, () => resolve());
  });
}

async function main(args: string[]): Promise<void> {
  let options: Options;
  try {
    options = parseOptions(args);
  } catch (error) {
    end(EXIT.arguments, `Arguments parsing error: ${(error as Error).message}`);
  }
  if (options['version']) {
    process.stdout.write(`Firecracker v${VERSION}\n\n`);
    end(0);
  }
  for (const path of ['log-path', 'metrics-path'])
    if (typeof options[path] === 'string' && !existsSync(`${root}${options[path]}`) && path === 'metrics-path')
      end(EXIT.badConfiguration, `Could not initialize metrics: ${options[path]}`);
  log(`Running Firecracker v${VERSION}`);
  const machine = createMachine({
    pci: options['enable-pci'] === true,
    root,
    boot: (wanted) => boot(wanted, options['boot-timer'] === true),
  });
  if (!options['no-api']) await listen(machine, options);
  if (typeof options['config-file'] === 'string') await configure(machine, options['config-file']);
}

// As the real one on SIGTERM: no farewell, and the sockets stay.
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    guest?.kill();
    process.kill(process.pid, 'SIGKILL');
  });
await main(process.argv.slice(2));
