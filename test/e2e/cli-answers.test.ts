/** Answers and events, from isogate.yml to the report: functions of fixtures/cases, and some that cannot be trusted to answer alike. */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { VerdictDocument } from '../../src/model/verdict.ts';
import { type CliResult, runCli } from '../support/cli-run.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';

const CASES = join(import.meta.dirname, '../../fixtures/cases');
const MEASURE = { time: '20s', min_blocks: 3, max_blocks: 12, invocations: 5, warmup: 1 };

const directory = mkdtempSync(join(tmpdir(), 'isogate-answers-'));
beforeAll(() => cpSync(CASES, join(directory, 'cases'), { recursive: true }));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Gated extends CliResult {
  verdict: VerdictDocument;
  report: string;
  samples: string;
}

/** A gate on functions of fixtures/cases, with changes, and modules of its own. */
async function gate(functions: Record<string, object>, isolation = 'bubblewrap', more: string[] = []): Promise<Gated> {
  const known = parse(readFileSync(join(CASES, 'isogate.yml'), 'utf8')).functions;
  const config = {
    name: 'answers',
    functions: Object.fromEntries(
      Object.entries(functions).map(([name, changes]) => [name, { ...known[name], ...changes }]),
    ),
    isolations: { native: {}, [isolation]: {} },
    budgets: { [isolation]: { latency: '10x' } },
    measure: MEASURE,
  };
  writeFileSync(join(directory, 'cases/isogate.yml'), stringify(config));
  const out = join(directory, 'out');
  const paths = [
    '--config',
    join(directory, 'cases/isogate.yml'),
    '--cache-dir',
    join(directory, 'cache'),
    '--out',
    out,
  ];
  const result = await runCli(['gate', ...paths, ...more]);
  return {
    ...result,
    verdict: JSON.parse(readFileSync(join(out, 'verdict.json'), 'utf8')),
    report: readFileSync(join(out, 'report.md'), 'utf8'),
    samples: join(out, 'samples.jsonl'),
  };
}

const own = (name: string, source: string): object => {
  mkdirSync(join(directory, 'cases', name), { recursive: true });
  writeFileSync(join(directory, 'cases', name, 'index.mjs'), source);
  return { directory: name, handler: 'index.mjs#handler' };
};

describe('an answer that is not as expected', { timeout: HOST_WAIT_MS }, () => {
  it('is a failed invocation with its text, as an error that is answered by default', async () => {
    const { code, verdict, report } = await gate({ 'error-answer': {} });
    const message =
      'the answer is not as expected (statusCode 500 is not below 400): {"statusCode":500,"body":"the variable TABLE is not set"}';
    expect(code).toBe(3);
    expect(verdict.comparisons).toMatchObject([{ verdict: 'not-measured', gated: true, blocks: 0 }]);
    expect(verdict.comparisons[0]?.reason).toContain(`(unexpected-answer: ${message})`);
    expect(report).toContain('unexpected-answer in first-response');
    expect(report).toContain('`functions.error-answer.expect`');
  });

  it('is none with the variable, with expect: any, or where exactly it is expected', async () => {
    const answer = { statusCode: 500, body: 'the variable TABLE is not set' };
    for (const changes of [{ env: { TABLE: 'orders' } }, { expect: 'any' }, { expect: { value: answer } }])
      expect(await gate({ 'error-answer': changes })).toMatchObject({ code: 0, verdict: { verdict: 'pass' } });
  });

  it('may break a JSON Schema, and then the place is told', async () => {
    const schema = { type: 'object', properties: { body: { type: 'number' } } };
    const { code, verdict } = await gate({ 'mutated-event': { expect: { schema } } });
    expect(code).toBe(3);
    expect(verdict.comparisons[0]?.reason).toContain(
      'it breaks expect.schema at #/body: Instance type "string" is invalid. Expected "number".): {"statusCode":200,"body":"4"}',
    );
  });

  it('is found in a call that is neither the first nor the last of its message', async () => {
    const source =
      'let n = 0; export const handler = () => (n++ % 2 ? { statusCode: 503, body: "every second" } : { statusCode: 200 });';
    const { code, verdict } = await gate({ second: own('second', source) });
    expect(code).toBe(3);
    expect(verdict.comparisons[0]?.reason).toContain('statusCode 503 is not below 400');
  });
});

describe('events', { timeout: HOST_WAIT_MS }, () => {
  it('are copies of their own: a handler that changes its event answers the same in every call', async () => {
    const { code, verdict } = await gate({ 'mutated-event': {}, 'mutated-python': {} });
    expect(verdict.warnings.filter((one) => one.code.startsWith('answers'))).toEqual([]);
    expect({ code, verdict: verdict.verdict }).toEqual({ code: 0, verdict: 'pass' });
  });

  it('are all used: one that fails is come to in a later block, and named', async () => {
    const { code, verdict, report } = await gate({ 'many-events': {} });
    expect(code).toBe(3);
    expect(verdict.events).toEqual({ 'many-events': { used: 8, of: 8 } });
    expect(report).toContain('`many-events`: 8 of 8 events used');
    expect(verdict.comparisons[0]?.reason).toContain('RangeError: event 8 of 8 cannot be handled (event ');
    expect(verdict.comparisons[0]?.reason).toContain('events/8.json)');
  });

  it('go on from block to block, and a replay counts the same', async () => {
    const folder = join(directory, 'cases/echo/events');
    mkdirSync(folder, { recursive: true });
    for (let n = 0; n < 200; n++) writeFileSync(join(folder, `${n}.json`), JSON.stringify({ n }));
    const echo = { ...own('echo', 'export const handler = ({ n }) => ({ n });'), events: 'echo/events/*.json' };
    const first = await gate({ echo });
    const { used = 0, of } = first.verdict.events?.['echo'] ?? {};
    expect(of).toBe(200);
    // Each block measures five others, and starts and warms up with two that may be among them.
    const blocks = readFileSync(first.samples, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{"type":"block"')).length;
    expect(used).toBeGreaterThanOrEqual(5 * blocks);
    expect(used).toBeLessThan(200);
    expect(first.verdict.verdict).toBe('pass');

    const replayed = await runCli(['replay', first.samples, '--json']);
    expect(JSON.parse(replayed.out).events).toEqual(first.verdict.events);
  });
});

describe('arms that do not do the same work', { timeout: HOST_WAIT_MS }, () => {
  it('are not compared: the report has the answers of both', async () => {
    const source = "import { release } from 'node:os'; export const handler = () => ({ kernel: release() });";
    const { code, verdict, report } = await gate({ kernel: own('kernel', source) }, 'gvisor');
    expect(code).toBe(3);
    expect(verdict.comparisons).toMatchObject([{ verdict: 'not-measured', gated: true, obstacle: 'answers-differ' }]);
    expect(verdict.answers).toMatchObject([{ code: 'answers-differ', isolation: 'gvisor', events: 1 }]);
    expect(verdict.answers?.[0]?.answers.map(({ isolation }) => isolation)).toEqual(['native', 'gvisor']);
    expect(report).toContain('{"kernel":"4.4.0"}');
    expect(report).toContain('`functions.kernel.deterministic: false`');
  });

  it('may be so where the function says that it is not deterministic', async () => {
    const random = own('random', 'export const handler = () => ({ n: Math.random() });');
    const held = await gate({ random });
    expect(held.code).toBe(3);
    expect(held.verdict.comparisons).toMatchObject([{ obstacle: 'answers-vary' }]);
    expect(held.log).toContain('nothing more can be decided after 3 blocks');
    const { code, verdict } = await gate({ random: { ...random, deterministic: false } });
    expect({ code, verdict: verdict.verdict, answers: verdict.answers }).toEqual({ code: 0, verdict: 'pass' });
  });

  it('are told from a function whose calls differ in the same way in every arm', async () => {
    const counter = own('counter', 'let n = 0; export const handler = () => ({ n: ++n });');
    const { code, verdict } = await gate({ counter });
    expect(code).toBe(0);
    expect(verdict.answers).toMatchObject([{ code: 'answers-vary-by-call' }]);
  });
});
