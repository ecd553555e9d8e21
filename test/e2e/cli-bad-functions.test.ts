import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComparisonVerdict, VerdictDocument } from '../../src/model/verdict.ts';
import { type CliResult, runCli } from '../support/cli-run.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';

const FUNCTIONS = [
  ...['missing-file', 'missing-export', 'throws-on-import', 'throws', 'never-returns', 'exits'],
  ...['prints-to-stdout', 'returns-5mb', 'returns-too-much', 'prints-garbage', 'cpu'],
];

const directory = mkdtempSync(join(tmpdir(), 'isogate-bad-'));
let result: CliResult;
let verdict: VerdictDocument;
let report: string;
beforeAll(async () => {
  const out = join(directory, 'out');
  const config = ['--config', 'fixtures/budgets/bad-functions.yml', '--cache-dir', join(directory, 'cache')];
  result = await runCli(['gate', ...config, '--out', out, '--time', '3s', '--function', ...FUNCTIONS]);
  verdict = JSON.parse(readFileSync(join(out, 'verdict.json'), 'utf8'));
  report = readFileSync(join(out, 'report.md'), 'utf8');
}, HOST_WAIT_MS);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const of = (name: string): ComparisonVerdict | undefined => verdict.comparisons.find((one) => one.function === name);

it('all are in the verdict, and the run as a whole is not measured', () => {
  expect({ code: result.code, log: result.log }).toMatchObject({ code: 3 });
  expect(verdict.comparisons.map((one) => one.function)).toEqual(FUNCTIONS);
});

describe('each is reported with its own message', () => {
  it.each([
    ['missing-file', 'handler-error', /no-such-file\.mjs/],
    [
      'missing-export',
      'handler-error',
      /HandlerNotFound: missing-export\.mjs has no export handler; it exports: other/,
    ],
    ['throws-on-import', 'handler-error', /Error: DATABASE_URL is not set/],
    ['throws', 'handler-error', /TypeError: no such order: 42/],
    ['never-returns', 'timeout', /no answer within 5000 ms/],
    ['exits', 'crashed', /the function exited with code 3/],
    ['returns-too-much', 'handler-error', /ResultTooLarge: the reply takes 340000\d\d bytes, the limit is 33554432/],
    ['prints-garbage', 'crashed', /broken protocol: not a protocol message: "got a request"/],
  ])('%s', (name, status, message) => {
    const comparison = of(name);
    expect(comparison).toMatchObject({ verdict: 'not-measured', gated: true, estimate: null, blocks: 0 });
    expect(comparison?.reason).toContain(`control native instances failed (${status}: `);
    expect(comparison?.reason).toMatch(message);
    expect(result.log).toMatch(new RegExp(`${name} · native: ${status}: .*${message.source}`));
    expect(report).toContain(`\`${name}\` under \`native\`: ${status}`);
  });
});

describe('and the rest of the run goes on', () => {
  it.each([
    ['prints-to-stdout', 2],
    ['returns-5mb', 1],
    ['cpu', 2],
  ])('%s is measured', (name, blocks) => {
    expect(of(name)?.blocks).toBeGreaterThanOrEqual(blocks);
    expect(of(name)?.estimate).toBeGreaterThan(0.2);
    expect(of(name)?.estimate).toBeLessThan(5);
  });
});
