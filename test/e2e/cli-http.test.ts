/** A gate over functions that are HTTP servers, with variables, as a user runs it: a router in Node, Python's own server, a Dockerfile. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { InstanceRecord } from '../../src/model/samples.ts';
import type { VerdictDocument } from '../../src/model/verdict.ts';
import { writeTree } from '../image/workshop.ts';
import { type CliResult, ROOT, runCli } from '../support/cli-run.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { noDaemon, openDaemon, type PrivateDaemon } from '../support/private-daemon.ts';

const SECRET = 'secret-of-the-runner';
const LITERAL = 'literal-of-the-file';

/** Routes and middleware as web frameworks have them; without the variables it answers 500. */
const NODE_SERVER = `const { createServer } = require('node:http');
const routes = new Map([
  ['GET /health', (_, response) => response.writeHead(204).end()],
  ['POST /orders', (request, response) => {
    const { API_KEY = '', STAGE = '' } = process.env;
    const isGiven = API_KEY === '${SECRET}' && STAGE === '${LITERAL}';
    response.writeHead(isGiven ? 201 : 500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ total: request.body.items.reduce((sum, { price }) => sum + price, 0) }));
  }],
]);
createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString();
  if (text !== '') request.body = JSON.parse(text);
  const route = routes.get(request.method + ' ' + request.url);
  if (route) return route(request, response);
  response.writeHead(404).end();
}).listen(process.env.PORT);
`;
const PYTHON_SERVER = `import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = json.dumps({"words": len(body["text"].split()), "stage": os.environ["STAGE"] == "${LITERAL}"}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;
const ORDERS_SCHEMA =
  '{ type: object, properties: { statusCode: { const: 201 }, body: { const: "{\\"total\\":12}" } } }';
const FILES = {
  'node/server.js': NODE_SERVER,
  'node.json': '{"items":[{"price":5},{"price":7}]}',
  'python/app.py': PYTHON_SERVER,
  'python.json': '{"text":"three short words"}',
};

const config = (isolations: string[], hasDockerfile: boolean): string => `name: servers
functions:
  node:
    http: { command: [node, server.js], port: 8080, path: /orders, ready: /health }
    directory: node
    events: node.json
    env: { STAGE: ${LITERAL}, from_runner: [API_KEY] }
    expect: { schema: ${ORDERS_SCHEMA} }
  python:
    http: { command: [python3, app.py], port: 9000 }
    directory: python
    events: python.json
    env: { STAGE: ${LITERAL} }
    expect: { value: { statusCode: 200, body: '{"words": 3, "stage": true}' } }
${hasDockerfile ? '  own-start: { http: { port: 8080, path: /index }, directory: go, image: { dockerfile: go/Dockerfile }, events: go/events/text.json }\n' : ''}isolations: { ${isolations.map((name) => `${name}: {}`).join(', ')} }
budgets: { ${isolations
  .slice(1)
  .map((name) => `${name}: { latency: +5s }`)
  .join(', ')} }
measure: { time: 60s, min_blocks: 3, max_blocks: 12, invocations: 5, warmup: 1 }
`;

const directory = mkdtempSync(join(tmpdir(), 'isogate-servers-'));
const out = join(directory, 'out');
const cache = join(directory, 'cache');
let daemon: PrivateDaemon | null = null;
let hasDockerfile = false;
let isolations = ['native', 'runc', 'gvisor'];
let result: CliResult;

beforeAll(async () => {
  writeTree(directory, FILES);
  if (noDaemon() === null) {
    daemon = await openDaemon();
    isolations = [...isolations, 'docker'];
    cpSync(join(ROOT, 'fixtures/functions/real/go-http'), join(directory, 'go'), { recursive: true });
    const env = { ...process.env, CGO_ENABLED: '0', GOCACHE: join(directory, 'go-cache') };
    const go = spawnSync('go', ['build', '-o', 'server', '.'], { cwd: join(directory, 'go'), env });
    hasDockerfile = go.status === 0;
    writeTree(directory, { 'go/Dockerfile': 'FROM scratch\nCOPY server /server\nCMD ["/server"]\n' });
  }
  writeTree(directory, { 'isogate.yml': config(isolations, hasDockerfile) });
  result = await runCli(['gate', '--config', 'isogate.yml', '--out', out, '--cache-dir', cache], {
    cwd: directory,
    env: { API_KEY: SECRET, ...(daemon && { DOCKER_HOST: daemon.host }) },
  });
}, 2 * HOST_WAIT_MS);
afterAll(async () => {
  await daemon?.close();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

it('measures each server under each isolation, and every answer is as expected', () => {
  expect({ code: result.code, log: result.log }).toMatchObject({ code: 0 });
  const { verdict, comparisons }: VerdictDocument = JSON.parse(readFileSync(join(out, 'verdict.json'), 'utf8'));
  const functions = ['node', 'python', ...(hasDockerfile ? ['own-start'] : [])];
  expect(verdict).toBe('pass');
  expect(comparisons.map((one) => `${one.function} ${one.isolation} ${one.verdict}`)).toEqual(
    functions.flatMap((name) => isolations.slice(1).map((isolation) => `${name} ${isolation} pass`)),
  );
  const instances = readFileSync(join(out, 'samples.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"type":"instance"'))
    .map((line): InstanceRecord => JSON.parse(line));
  expect(instances.filter(({ status }) => status !== 'ok')).toEqual([]);
});

it('docker and an image’s own CMD were part of it', (context) => {
  if (!hasDockerfile) context.skip(noDaemon() ?? 'go is not installed');
});

it('writes no value of a variable anywhere', async () => {
  const exported = await runCli(['export', '--format', 'csv', out]);
  expect(exported.code).toBe(0);
  const written = readdirSync(out).map((name) => readFileSync(join(out, name), 'utf8'));
  const images = spawnSync('grep', ['-rlFa', '-e', SECRET, '-e', LITERAL, join(cache, 'image')], { encoding: 'utf8' });
  // The function's own source has them, to compare with, and nothing else has.
  expect(
    images.stdout
      .split('\n')
      .filter((file) => !/\/function\/(server\.js|app\.py|__pycache__\/app\.cpython-\d+\.pyc)$/.test(file)),
  ).toEqual(['']);
  for (const text of [...written, exported.out, result.out, result.log])
    for (const value of [SECRET, LITERAL]) expect(text).not.toContain(value);
});

it(
  'a value that is not set ends its function, and the other one is measured',
  async () => {
    const own = join(directory, 'out-without');
    const again = [
      'gate',
      '--config',
      'isogate.yml',
      '--out',
      own,
      '--cache-dir',
      cache,
      '--function',
      'node',
      'python',
    ];
    const { code, log } = await runCli(again, { cwd: directory, env: daemon ? { DOCKER_HOST: daemon.host } : {} });
    expect({ code, log }).toMatchObject({ code: 3 });
    expect(log).toContain(
      'image · node: isogate.yml: functions.node.env.from_runner: API_KEY is not set where Isogate runs',
    );
    const { comparisons }: VerdictDocument = JSON.parse(readFileSync(join(own, 'verdict.json'), 'utf8'));
    expect(comparisons.find((one) => one.function === 'node')?.verdict).toBe('not-measured');
    expect(comparisons.find((one) => one.function === 'python')?.verdict).toBe('pass');
  },
  2 * HOST_WAIT_MS,
);
