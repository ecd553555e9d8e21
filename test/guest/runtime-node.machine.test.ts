import { describe, expect, it } from 'vitest';
import { converse, first, nodeArgs, startRuntime } from './guest-process.ts';
import { tempDir } from './temp-dir.ts';

const READY = { type: 'ready', runtime: 'node', version: process.versions.node };
const ask = (id: number, event: unknown = {}, repeat = 1) => ({ id, event, repeat });

/** What the handlers of this module answer to the requests, after `ready`. */
const answers = async (source: string, requests: object[], file = 'app.mjs') => {
  const dir = tempDir({ [file]: source });
  const { messages, ...end } = await converse(nodeArgs(file), dir, requests as never[]);
  expect(messages[0]).toEqual(READY);
  return { answers: messages.slice(1), ...end };
};
const errorOf = (name: string, message: unknown) => ({ id: 1, ok: false, error: { name, message } });

/** Answers the n-th call with the n-th item. */
const ORDER = 'let n = 0; export const handler = (a) => (a ? a[n++] : 0);';

describe('the Node runtime', () => {
  it('calls a handler as often as asked with the event, and ends with the channel', async () => {
    const source = 'let calls = 0; export const handler = (event) => ({ event, calls: ++calls });';
    const end = await answers(source, [ask(4, { a: [1, 'ü'] }, 3), ask(5, null, 0), ask(6, 'x')]);
    expect(end.answers).toEqual([
      {
        id: 4,
        ok: true,
        result: { event: { a: [1, 'ü'] }, calls: 3 },
        ns: [expect.any(Number), expect.any(Number), expect.any(Number)],
        other: { event: { a: [1, 'ü'] }, calls: 1 },
      },
      { id: 5, ok: true, result: null, ns: [] },
      { id: 6, ok: true, result: { event: 'x', calls: 4 }, ns: [expect.any(Number)] },
    ]);
    expect(end).toMatchObject({ code: 0, stderr: '' });
  });

  it('measures each repeat', async () => {
    const source = `const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      let ms = 2; export const handler = () => sleep((ms *= 10));`;
    const [one, two, three] = first((await answers(source, [ask(1, {}, 3)])).answers)['ns'] as number[];
    expect(one).toBeGreaterThan(19e6);
    expect(two).toBeGreaterThan(199e6);
    expect(three).toBeGreaterThan(1999e6);
    expect(one).toBeLessThan(three as number);
  });

  it.each([
    ['async functions', 'export const handler = async (event) => { await null; return event; };'],
    ['promises that settle by a timer', 'export const handler = (e) => new Promise((r) => setTimeout(r, 5, e));'],
    ['other thenables', 'export const handler = (e) => ({ then: (done) => done(e) });'],
  ])('awaits %s', async (_, source) => {
    expect((await answers(source, [ask(1, 'e', 2)])).answers).toMatchObject([{ id: 1, ok: true, result: 'e' }]);
  });

  it('loads CommonJS modules, and exports that cannot be seen statically', async () => {
    const source = "const all = {}; all['hand' + 'ler'] = (e) => e; module.exports = all;";
    expect((await answers(source, [ask(1, 7)], 'app.cjs')).answers).toMatchObject([{ ok: true, result: 7 }]);
  });

  it('makes nothing of no result', async () => {
    expect((await answers('export const handler = () => {};', [ask(1)])).answers).toMatchObject([{ result: null }]);
  });

  it('keeps functions and their environment apart from the channel', async () => {
    const source = `export const handler = () => [process.env.ISOGATE_CHANNEL ?? null, process.argv[0] !== undefined];
      JSON.stringify = () => 'broken'; process.hrtime.bigint = () => 0n;`;
    const answer = first((await answers(source, [ask(1)])).answers);
    expect(answer).toMatchObject({ ok: true, result: [null, true] });
    expect((answer['ns'] as number[])[0]).toBeGreaterThan(0);
  });

  it('takes requests that come in pieces, several at once, and of 8 MB', async () => {
    const dir = tempDir({ 'app.mjs': 'export const handler = (event) => event.length;' });
    const guest = await startRuntime(nodeArgs('app.mjs'), dir);
    expect(await guest.next()).toEqual(READY);
    guest.send('{"id":1,"event":"ü');
    await new Promise((done) => setTimeout(done, 50));
    guest.send(`x","repeat":1}\n{"id":2,"event":"y","repeat":1}\n${JSON.stringify(ask(3, 'z'.repeat(8_000_000)))}\n`);
    expect(await guest.next()).toMatchObject({ id: 1, result: 2 });
    expect(await guest.next()).toMatchObject({ id: 2, result: 1 });
    expect(await guest.next()).toMatchObject({ id: 3, result: 8_000_000 });
  });

  it.each([
    ['an error', "throw new RangeError('out of stock')", 'RangeError', 'out of stock'],
    ['text', "throw 'plain text'", 'Error', 'plain text'],
    ['nothing', 'throw undefined', 'Error', 'undefined'],
    [
      'a null-prototype object',
      'throw Object.create(null)',
      'Error',
      'the function threw a value that cannot be shown',
    ],
    ['a rejection', "return Promise.reject(new TypeError('late'))", 'TypeError', 'late'],
    ['a BigInt result', 'return 10n', 'ResultNotSerialisable', expect.stringContaining('serialize a BigInt')],
    ['a function result', 'return () => 1', 'ResultNotSerialisable', expect.stringContaining('it is a function')],
    [
      'a throwing toJSON',
      "return { toJSON() { throw new Error('no') } }",
      'ResultNotSerialisable',
      expect.stringMatching(/: no$/),
    ],
    [
      'a promise that nothing can settle',
      'return new Promise(() => {})',
      'NeverSettled',
      expect.stringContaining('never settle'),
    ],
  ])('reports %s and goes on', async (_, body, name, message) => {
    const source = `export const handler = (event) => { if (event) return event; ${body} };`;
    const end = await answers(source, [ask(1, null), ask(2, 'fine')]);
    expect(end.answers).toMatchObject([errorOf(name, message), { id: 2, ok: true, result: 'fine' }]);
    expect(end.code).toBe(0);
  });

  it('cuts messages at 4 KiB and shows the first stack only', async () => {
    const source = "export const handler = () => { throw new Error('ü'.repeat(5000)); };";
    const end = await answers(source, [ask(1), ask(2)]);
    const { message } = first(end.answers)['error'] as { message: string };
    expect(message).toMatch(/^ü+…$/);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
    expect(Buffer.byteLength(message)).toBeGreaterThan(4090);
    expect(end.stderr.match(/Error: ü/g)).toHaveLength(1);
  });

  it('tells of an exit by an uncaught error in a timer', async () => {
    const source = `export const handler = () => new Promise(() => setTimeout(() => { throw new Error('stray'); }, 1));`;
    const end = await answers(source, [ask(1)]);
    expect(end.answers).toEqual([{ type: 'exit', code: 1 }]);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('Error: stray');
  });

  it.each([
    ["Object.assign(new Error('x'), { code: 'ENOTFOUND' })", 'ENOTFOUND'],
    ["new TypeError('fetch failed', { cause: Object.assign(new Error('y'), { code: 'EAI_AGAIN' }) })", 'EAI_AGAIN'],
    ["Object.assign(new AggregateError([Object.assign(new Error('z'), { code: 'ECONNREFUSED' })]))", 'ECONNREFUSED'],
    ["Object.assign(new Error('wrapped', { cause: { code: 'ENETUNREACH' } }), { code: 'P1001' })", 'ENETUNREACH'],
    ["Object.assign(new Error('no code'), { code: 'not a code' })", undefined],
    ['null', undefined],
  ])('tells the code of the cause of %s', async (thrown, code) => {
    const end = await answers(`export const handler = () => { throw ${thrown}; };`, [ask(1)]);
    expect((end.answers[0] as { error: { code?: string } }).error.code).toBe(code);
  });

  it.each([
    ['no file', 'other.mjs', '', 'HandlerNotFound', /^app\.mjs is not in the function's directory: /],
    [
      'a generator',
      'app.mjs',
      'export async function* handler() {}',
      'UnknownSignature',
      /^the export handler of app\.mjs is a generator: return the response$/,
    ],
    [
      'a class',
      'app.mjs',
      'export class handler {}',
      'UnknownSignature',
      /is a class: export a function that calls it$/,
    ],
    [
      'four parameters',
      'app.mjs',
      'export const handler = (a, b, c, d) => 1;',
      'UnknownSignature',
      /takes 4 parameters: take \(event, context, callback\)$/,
    ],
    [
      'a request and a response',
      'app.mjs',
      'export const handler = async (req, res) => res.end();',
      'UnknownSignature',
      /takes \(req, res\): take \(event, context\), or start the server that calls it and measure that with http:$/,
    ],
    [
      'a context and a request',
      'app.mjs',
      'export default async function (context, req) {}\nexport const handler = async function (context, req) {};',
      'UnknownSignature',
      /takes \(context, req\): /,
    ],
    ['a syntax error', 'app.mjs', 'export const handler = ;', 'SyntaxError', /^Unexpected token ';'$/],
    [
      'no such export',
      'app.mjs',
      'export const a = 1, b = 2;',
      'HandlerNotFound',
      /^app\.mjs has no export handler; it exports: a, b$/,
    ],
    [
      'no function',
      'app.mjs',
      'export const handler = 5;',
      'HandlerNotFound',
      /^the export handler of app\.mjs is no function but a number$/,
    ],
    ['an error while loading', 'app.mjs', "throw new TypeError('no config')", 'TypeError', /^no config$/],
    ['an endless wait while loading', 'app.mjs', 'await new Promise(() => {})', 'NeverSettled', /never settle/],
    [
      'an exit while loading',
      'app.mjs',
      'process.exit(0)',
      'Exit',
      /^the process exited with code 0 while the module was loading$/,
    ],
    [
      'an export that only CommonJS sees',
      'app.mjs',
      "import { createRequire } from 'node:module'; export default { hidden() {} };",
      'HandlerNotFound',
      /^app\.mjs has no export handler; it exports: default, hidden$/,
    ],
  ])('fails to load with %s', async (_, file, source, name, message) => {
    const { messages, code } = await converse(nodeArgs('app.mjs'), tempDir({ [file]: source }), []);
    expect(messages).toEqual([{ type: 'failed', error: { name, message: expect.stringMatching(message) } }]);
    if (name !== 'Exit') expect(code).toBe(1);
  });
});

describe('the way AWS Lambda calls Node handlers', () => {
  it('gives a context whose remaining time falls, and one request id to each call', async () => {
    const source = `exports.handler = async (event, context) => {
      context.callbackWaitsForEmptyEventLoop = false;
      const before = context.getRemainingTimeInMillis();
      await new Promise((done) => setTimeout(done, 30));
      const { awsRequestId, functionName, functionVersion, memoryLimitInMB } = context;
      return { awsRequestId, functionName, functionVersion, memoryLimitInMB, fell: before - context.getRemainingTimeInMillis() >= 25, left: before <= 30000 };
    };`;
    const end = await answers(source, [ask(1), ask(2)], 'app.cjs').catch((error: unknown) => error);
    const results = (end as { answers: { result: object }[] }).answers.map(({ result }) => result);
    const same = {
      functionName: 'function',
      functionVersion: '$LATEST',
      memoryLimitInMB: '256',
      fell: true,
      left: true,
    };
    expect(results).toEqual([
      { awsRequestId: '00000000-0000-4000-8000-000000000001', ...same },
      { awsRequestId: '00000000-0000-4000-8000-000000000002', ...same },
    ]);
  });

  it('waits for the callback of a handler that takes one, and takes the time until it', async () => {
    const source = `export const handler = (event, context, callback) => {
      setTimeout(() => (event.fails ? callback(new TypeError('no')) : callback(null, event.n)), 40);
    };`;
    const { answers: found } = await answers(source, [ask(1, { n: 7 }), ask(2, { fails: true })]);
    expect(found[0]).toMatchObject({ ok: true, result: 7 });
    expect((found[0] as { ns: number[] }).ns[0]).toBeGreaterThan(35e6);
    expect(found[1]).toMatchObject({ ok: false, error: { name: 'TypeError', message: 'no' } });
  });

  it('gives up on a callback that nothing can call any more', async () => {
    const { answers: found } = await answers('export const handler = (event, context, callback) => {};', [ask(1)]);
    expect(found[0]).toMatchObject({ ok: false, error: { name: 'NeverSettled' } });
  });

  it.each([
    ['first', [1, 2, 2], 2, 1],
    ['second', [1, 2, 1], 1, 2],
    ['last', [1, 1, 2], 2, 1],
  ])('tells of an answer that differs from that of the last call: the %s', async (_, event, result, other) => {
    const { answers: found } = await answers(ORDER, [ask(1, event, 3)]);
    expect(found).toMatchObject([{ result, other }]);
  });

  it('tells of none where all are alike, and looks at one message only', async () => {
    const { answers: found } = await answers(ORDER, [
      ask(1, [1, 1]),
      ask(2, [1, 1, 1, 1, 2, 3], 2),
      ask(3, [1, 1, 1, 1, 2], 2),
    ]);
    expect(found.map((one) => (one as { other?: unknown }).other)).toEqual([undefined, undefined, undefined]);
  });

  it('tells of an error that comes in a later message, in a call that is not the last', async () => {
    const source = 'let n = 0; export const handler = () => ({ statusCode: ++n === 5 ? 500 : 200 });';
    const { answers: found } = await answers(source, [ask(1, {}, 3), ask(2, {}, 3), ask(3, {}, 3)]);
    expect(found.map((one) => (one as { other?: unknown }).other)).toEqual([undefined, { statusCode: 500 }, undefined]);
  });

  it('gives each repeated call an event of its own', async () => {
    const source = 'export const handler = (event) => { event.list.push(1); return event.list.length; };';
    const { answers: found } = await answers(source, [ask(1, { list: [] }, 5), ask(2, { list: [] })]);
    expect(found).toMatchObject([{ result: 1 }, { result: 1 }]);
  });

  it('refuses a handler that streams', async () => {
    const dir = tempDir({ 'app.mjs': 'export const handler = awslambda.streamifyResponse(async () => {});' });
    const { messages } = await converse(nodeArgs('app.mjs'), dir, []);
    expect(messages[0]).toMatchObject({ type: 'failed', error: { name: 'StreamingHandler' } });
  });
});
