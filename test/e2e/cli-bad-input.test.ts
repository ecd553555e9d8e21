/** What people write that cannot be measured: each ends its own function in one line, and the function beside it is measured. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ComparisonVerdict, VerdictDocument } from '../../src/model/verdict.ts';
import { type CliResult, runCli } from '../support/cli-run.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';

const FILES = {
  'good.mjs': 'export const handler = (event) => event;\n',
  'good.json': '{}',
  'streams.mjs': 'export const handler = async function* () { yield 1; };\n',
  'request.mjs': 'export const handler = (req, res) => res.end();\n',
  'three.py': 'def handler(event, context, more):\n    return 1\n',
  'never.mjs': 'export const handler = () => { for (;;); };\n',
  'callback.js': 'exports.handler = (event, context, callback) => { setInterval(() => {}, 1000); };\n',
  'exports.mjs': 'export const get = () => 1;\nexport const put = () => 1;\n',
  'typed.ts': 'export const handler = (event: object): object => event;\n',
  'bad.json': '{ "a": 1, }',
  'deaf.mjs': 'setInterval(() => {}, 1000);\n',
  'offline.mjs': "export const handler = () => fetch('http://example.com/');\n",
  'offline.py': 'import urllib.request\ndef handler(event):\n    urllib.request.urlopen("http://example.com/")\n',
};

const CONFIG = `name: bad-input
functions:
  good: { handler: good.handler, events: good.json }
  generator: { handler: streams.handler }
  request: { handler: request.handler }
  three: { handler: three.handler }
  never: { handler: never.handler }
  callback: { handler: callback.handler }
  export: { handler: exports.handler }
  typescript: { handler: typed.handler }
  event: { handler: good.handler, events: bad.json }
  port: { http: { command: [node, deaf.mjs], port: 8080 } }
  variable: { handler: good.handler, env: { LD_PRELOAD: ./mine.so } }
  missing: { handler: good.handler, env: { from_runner: [ISOGATED_NOWHERE] } }
  offline: { handler: offline.mjs#handler }
  offline-python: { handler: offline.py:handler }
isolations: { native: {}, runc: {} }
budgets: { runc: { latency: +10ms } }
measure: { time: 3s, max_blocks: 12, min_blocks: 1, invocations: 3, warmup: 1, timeout: 4s }
`;

const NO_NETWORK =
  'functions have no network: no name is resolved, and neither the outside nor services of this machine are reached';

const directory = mkdtempSync(join(tmpdir(), 'isogate-bad-input-'));
let result: CliResult;
let verdict: VerdictDocument;
let report: string;
beforeAll(async () => {
  for (const [name, text] of Object.entries({ ...FILES, 'isogate.yml': CONFIG })) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const out = join(directory, 'out');
  result = await runCli(['gate', '--config', 'isogate.yml', '--out', out, '--cache-dir', join(directory, 'cache')], {
    cwd: directory,
  });
  verdict = JSON.parse(readFileSync(join(out, 'verdict.json'), 'utf8'));
  report = readFileSync(join(out, 'report.md'), 'utf8');
}, HOST_WAIT_MS);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const of = (name: string): ComparisonVerdict | undefined => verdict.comparisons.find((one) => one.function === name);

it('the function beside them is measured, and the run as a whole is not', () => {
  expect({ code: result.code, log: result.log }).toMatchObject({ code: 3 });
  expect(of('good')?.blocks).toBeGreaterThanOrEqual(1);
  expect(of('good')?.estimate).not.toBe(null);
});

it.each([
  ['generator', 'UnknownSignature: the export handler of streams.mjs is a generator: return the response'],
  [
    'request',
    'UnknownSignature: the export handler of request.mjs takes (req, res): take (event, context), or start the server that calls it and measure that with http:',
  ],
  ['three', 'UnknownSignature: handler of three.py needs 3 arguments: take (event, context)'],
  [
    'never',
    'no answer within 4000 ms; if it needs longer, raise measure.timeout; if it never answers, look for a promise or a callback that never comes',
  ],
  [
    'callback',
    'no answer within 4000 ms; if it needs longer, raise measure.timeout; if it never answers, look for a promise or a callback that never comes',
  ],
  ['export', 'HandlerNotFound: exports.mjs has no export handler; it exports: get, put'],
  [
    'typescript',
    'isogate.yml:10: functions.typescript.handler: "typed.handler": TypeScript is not compiled here; accepted: the JavaScript that it becomes, such as "dist/typed.js#handler", with build: for what makes it',
  ],
  ['event', 'isogate.yml:11: functions.event.events: "bad.json": not JSON: '],
  [
    'port',
    'not ready within 4000 ms: nothing listens on port 8080: connections are refused; let the server listen on the number in PORT, which is http.port, or raise measure.timeout',
  ],
  [
    'variable',
    'isogate.yml:13: functions.variable.env.LD_PRELOAD: "LD_PRELOAD": environment name that is not allowed; accepted: names that do not begin with LD_',
  ],
  [
    'missing',
    'isogate.yml: functions.missing.env.from_runner: ISOGATED_NOWHERE is not set where Isogate runs; set it there (env: of the step), or remove it',
  ],
  ['offline', `TypeError: fetch failed; ${NO_NETWORK}`],
  ['offline-python', NO_NETWORK],
])('%s', (name, message) => {
  const comparison = of(name);
  expect(comparison).toMatchObject({ verdict: 'not-measured', gated: true, estimate: null, blocks: 0 });
  // A reason is cut where it is long; the log has all of it.
  expect(comparison?.reason).toContain(message.slice(0, 100));
  const lines = result.log
    .split('\n')
    .filter((line) => line.includes(`${name} · native: `) || line.includes(`image · ${name}: `));
  expect(lines.join('\n')).toContain(message);
  expect(report).toContain(`\`${name}\` under \`native\`: `);
});
