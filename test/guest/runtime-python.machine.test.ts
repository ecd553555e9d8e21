import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { converse, first, pythonArgs, startRuntime } from './guest-process.ts';
import { tempDir } from './temp-dir.ts';

const version = execFileSync('python3', ['-c', 'import platform; print(platform.python_version())'], {
  encoding: 'utf8',
});
const READY = { type: 'ready', runtime: 'python', version: version.trim() };
const ask = (id: number, event: unknown = {}, repeat = 1) => ({ id, event, repeat });

const answers = async (source: string, requests: object[], files: Record<string, string> = {}) => {
  const dir = tempDir({ 'app.py': source, ...files });
  const { messages, ...end } = await converse(pythonArgs('app.py'), dir, requests as never[]);
  expect(messages[0]).toEqual(READY);
  return { answers: messages.slice(1), ...end };
};

/** Answers the n-th call with the n-th item. */
const ORDER = 'import itertools\ncounter = itertools.count()\ndef handler(event): return event[next(counter)]';

describe('the Python runtime', () => {
  it('calls a handler as often as asked with the event, and ends with the channel', async () => {
    const source = `calls = 0
def handler(event):
    global calls
    calls += 1
    return {"event": event, "calls": calls}`;
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
    const source = `import time
ms = 2
def handler(event):
    global ms
    ms *= 10
    time.sleep(ms / 1000)`;
    const [one, two, three] = first((await answers(source, [ask(1, {}, 3)])).answers)['ns'] as number[];
    expect(one).toBeGreaterThan(19e6);
    expect(two).toBeGreaterThan(199e6);
    expect(three).toBeGreaterThan(1999e6);
    expect(one).toBeLessThan(three as number);
  });

  it('awaits coroutines, on one event loop', async () => {
    const source = `import asyncio
loops = set()
async def handler(event):
    await asyncio.sleep(0.001)
    loops.add(id(asyncio.get_running_loop()))
    return [event, len(loops)]`;
    const end = await answers(source, [ask(1, 'e', 2), ask(2, 'f')]);
    expect(end.answers).toMatchObject([{ result: ['e', 1] }, { result: ['f', 1] }]);
  });

  it('finds the modules beside the handler, and dataclasses work in it', async () => {
    const source = `from dataclasses import dataclass
import helper
@dataclass
class Pair:
    left: int
def handler(event):
    return helper.double(Pair(event).left)`;
    const files = { 'helper.py': 'def double(n):\n    return 2 * n' };
    expect((await answers(source, [ask(1, 21)], files)).answers).toMatchObject([{ ok: true, result: 42 }]);
  });

  it('sends what is printed to stderr and keeps the channel from child processes', async () => {
    const source = `import os, subprocess, sys
def handler(event):
    print("printed")
    os.write(1, b'{"id":1}\\n')
    sys.stdout.flush()
    fds = subprocess.run(["ls", "/proc/self/fd"], capture_output=True, text=True, close_fds=False).stdout.split()
    return [os.environ.get("ISOGATE_CHANNEL"), "4" in fds]`;
    const end = await answers(source, [ask(1)]);
    expect(end.answers).toMatchObject([{ id: 1, ok: true, result: [null, false] }]);
    expect(end.stderr).toBe('printed\n{"id":1}\n');
  });

  it('takes requests that come in pieces, several at once, and of 8 MB', async () => {
    const dir = tempDir({ 'app.py': 'def handler(event):\n    return len(event)' });
    const guest = await startRuntime(pythonArgs('app.py'), dir);
    expect(await guest.next()).toEqual(READY);
    guest.send('{"id":1,"event":"ü');
    await new Promise((done) => setTimeout(done, 50));
    guest.send(`x","repeat":1}\n{"id":2,"event":"y","repeat":1}\n${JSON.stringify(ask(3, 'z'.repeat(8_000_000)))}\n`);
    expect(await guest.next()).toMatchObject({ id: 1, result: 2 });
    expect(await guest.next()).toMatchObject({ id: 2, result: 1 });
    expect(await guest.next()).toMatchObject({ id: 3, result: 8_000_000 });
  });

  it.each([
    ['an error', 'raise KeyError("order")', 'KeyError', "'order'"],
    ['an interrupt', 'raise KeyboardInterrupt("stop")', 'KeyboardInterrupt', 'stop'],
    [
      'a set',
      'return {1}',
      'ResultNotSerialisable',
      'the result cannot be written as JSON: Object of type set is not JSON serializable',
    ],
    ['no number', 'return float("nan")', 'ResultNotSerialisable', expect.stringContaining('not JSON compliant')],
    ['a loop', 'a = []; a.append(a); return a', 'ResultNotSerialisable', expect.stringContaining('Circular reference')],
    [
      '9 MB',
      'return "x" * 34_000_000',
      'ResultTooLarge',
      expect.stringMatching(/^the reply takes 340000\d\d bytes, the limit is 33554432: return less$/),
    ],
    ['too deep a recursion', 'return handler(event)', 'RecursionError', expect.stringContaining('recursion')],
  ])('reports %s and goes on', async (_, body, name, message) => {
    const source = `def handler(event):\n    if event: return event\n    ${body}`;
    const end = await answers(source, [ask(1, null), ask(2, 'fine')]);
    expect(end.answers).toMatchObject([
      { id: 1, ok: false, error: { name, message } },
      { id: 2, ok: true, result: 'fine' },
    ]);
    expect(end.code).toBe(0);
  });

  it('returns 5 MB', async () => {
    const end = await answers('def handler(event):\n    return "x" * 5_000_000', [ask(1)]);
    expect((first(end.answers)['result'] as string).length).toBe(5_000_000);
  });

  it('cuts messages at 4 KiB and shows the first traceback only', async () => {
    const end = await answers('def handler(event):\n    raise ValueError("ü" * 5000)', [ask(1), ask(2)]);
    const { message } = first(end.answers)['error'] as { message: string };
    expect(message).toMatch(/^ü+…$/);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
    expect(Buffer.byteLength(message)).toBeGreaterThan(4090);
    expect(end.stderr.match(/Traceback/g)).toHaveLength(1);
  });

  it.each([
    ['sys.exit(3)', 3],
    ['sys.exit()', 0],
    ['sys.exit("sorry")', 1],
  ])('tells of %s', async (call, code) => {
    const end = await answers(`import sys\ndef handler(event):\n    ${call}`, [ask(1)]);
    expect(end.answers).toEqual([{ type: 'exit', code }]);
    expect(end.code).toBe(code);
  });

  it('cannot tell of os._exit, which ends the channel', async () => {
    const end = await answers('import os\ndef handler(event):\n    os._exit(6)', [ask(1)]);
    expect(end).toMatchObject({ answers: [], code: 6 });
  });

  it.each([
    ['ConnectionRefusedError(111, "refused")', 'ECONNREFUSED'],
    ['socket.gaierror(-3, "Temporary failure in name resolution")', 'EAI_AGAIN'],
    ['urllib.error.URLError(socket.gaierror(-2, "Name or service not known"))', 'EAI_NONAME'],
    ['OSError("no number")', undefined],
    ['ValueError("of the function")', undefined],
  ])('tells the code of %s, also as the cause of another', async (thrown, code) => {
    const source = `import socket, urllib.error
def handler(event):
    if event == "plain":
        raise ${thrown}
    try:
        raise ${thrown}
    except Exception as cause:
        raise RuntimeError("wrapped") if event == "context" else RuntimeError("wrapped") from cause`;
    const end = await answers(source, [ask(1, 'plain'), ask(2, 'context'), ask(3, 'cause')]);
    const codes = (end.answers as { error: { code?: string } }[]).map(({ error }) => error.code);
    expect(codes).toEqual([code, code, code]);
  });

  it.each([
    ['os.environ["CURRENCY"]', 'KeyError', "'CURRENCY'", 'MISSING_VARIABLE', 'app.py:3'],
    ['{}["CURRENCY"]', 'KeyError', "'CURRENCY'", undefined, 'app.py:3'],
    ['json.loads("?")', 'JSONDecodeError', 'Expecting value: line 1 column 1 (char 0)', undefined, 'app.py:3'],
    ['__import__("no_such")', 'ModuleNotFoundError', "No module named 'no_such'", 'MISSING_MODULE', 'app.py:3'],
    ['open("none")', 'FileNotFoundError', "[Errno 2] No such file or directory: 'none'", 'ENOENT', 'app.py:3'],
    ['shop.total({})', 'KeyError', "'sum'", undefined, 'lib/shop.py:2'],
  ])('tells the line of its own that %s failed in', async (thrown, name, message, code, place) => {
    const dir = tempDir({
      'app.py': `import json, os\nfrom lib import shop\nhandler = lambda event: ${thrown}\n`,
      'lib/shop.py': 'def total(order):\n    return order["sum"]\n',
      'requirements.txt': 'no-such\n',
    });
    const { messages } = await converse(pythonArgs('app.py'), dir, [ask(1, null)]);
    expect(messages[1]).toEqual({ id: 1, ok: false, error: { name, message, ...(code && { code }), place } });
  });

  it('a missing module of a function that lists no dependencies has no code', async () => {
    const { messages } = await converse(pythonArgs('app.py'), tempDir({ 'app.py': '\nimport no_such' }), []);
    const message = "No module named 'no_such'";
    expect(messages).toEqual([{ type: 'failed', error: { name: 'ModuleNotFoundError', message, place: 'app.py:2' } }]);
  });

  it.each([
    ['no file', 'other.py', '', 'HandlerNotFound', /^app\.py is not in the function's directory: /],
    [
      'three arguments',
      'app.py',
      'def handler(event, context, more): pass',
      'UnknownSignature',
      /^handler of app\.py needs 3 arguments: take \(event, context\)$/,
    ],
    [
      'no arguments',
      'app.py',
      'def handler(): pass',
      'UnknownSignature',
      /takes no arguments: take \(event, context\)$/,
    ],
    ['a class', 'app.py', 'class handler: pass', 'UnknownSignature', /is a class: name a function that calls it$/],
    ['a generator', 'app.py', 'async def handler(event): yield 1', 'UnknownSignature', /is a generator: /],
    [
      'only imports',
      'app.py',
      'import json\nfrom os import path',
      'HandlerNotFound',
      /has no handler; it has: nothing$/,
    ],
    ['a syntax error', 'app.py', 'def handler(:', 'SyntaxError', /^invalid syntax/, 'app.py:1'],
    ['no such name', 'app.py', 'def first(e): pass', 'HandlerNotFound', /^app\.py has no handler; it has: first$/],
    ['no function', 'app.py', 'handler = 5', 'HandlerNotFound', /^handler of app\.py is no function but a int$/],
    ['an error while loading', 'app.py', 'raise OSError("no config")', 'OSError', /^no config$/, 'app.py:1'],
    [
      'an exit while loading',
      'app.py',
      'raise SystemExit(2)',
      'Exit',
      /^the process exited with code 2 while the module was loading$/,
    ],
  ])('fails to load with %s', async (_, file, source, name, message, place?: string) => {
    const { messages, code } = await converse(pythonArgs('app.py'), tempDir({ [file]: source }), []);
    expect(messages).toEqual([
      { type: 'failed', error: { name, message: expect.stringMatching(message), ...(place && { place }) } },
    ]);
    expect(code).toBe(1);
  });
});

describe('the way AWS Lambda calls Python handlers', () => {
  const results = (end: { answers: unknown[] }) => (end.answers as { result: unknown }[]).map(({ result }) => result);

  it('gives a context whose remaining time falls, and one request id to each call', async () => {
    const source = `import time
def handler(event, context):
    before = context.get_remaining_time_in_millis()
    time.sleep(0.03)
    fell = before - context.get_remaining_time_in_millis() >= 25
    return [context.aws_request_id, context.function_name, context.function_version, context.memory_limit_in_mb, fell]`;
    const same = ['function', '$LATEST', '256', true];
    expect(results(await answers(source, [ask(1), ask(2)]))).toEqual([
      ['00000000-0000-4000-8000-000000000001', ...same],
      ['00000000-0000-4000-8000-000000000002', ...same],
    ]);
  });

  it.each([
    ['a function of one parameter', 'def handler(event): return "event"', 'event'],
    ['any parameters', 'def handler(*arguments): return len(arguments)', 2],
    ['a default', 'def handler(event, context=None): return context is not None', true],
    ['an object that can be called', 'class H:\n    def __call__(self, event, context): return 2\nhandler = H()', 2],
    ['a bound method', 'class H:\n    def run(self, event): return 1\nhandler = H().run', 1],
  ])('calls %s with what it takes', async (_name, source, result) => {
    expect(results(await answers(source, [ask(1)]))).toEqual([result]);
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
    const source =
      'n = 0\ndef handler(event):\n    global n\n    n += 1\n    return {"statusCode": 500 if n == 5 else 200}';
    const { answers: found } = await answers(source, [ask(1, {}, 3), ask(2, {}, 3), ask(3, {}, 3)]);
    expect(found.map((one) => (one as { other?: unknown }).other)).toEqual([undefined, { statusCode: 500 }, undefined]);
  });

  it('gives each repeated call an event of its own', async () => {
    const source = 'def handler(event):\n    event["list"].append(1)\n    return len(event["list"])';
    expect(results(await answers(source, [ask(1, { list: [] }, 5), ask(2, { list: [] })]))).toEqual([1, 1]);
  });

  it('imports a module of a package as the platforms do', async () => {
    const dir = tempDir({
      'app/__init__.py': 'READY = True',
      'app/constants.py': 'FIVE = 5',
      'app/util.py': 'from .constants import FIVE\ndef six(): return FIVE + 1',
      'app/main.py':
        'from . import constants\nfrom app.util import six\nimport app\ndef handler(event, context): return [six(), constants.FIVE, app.READY, __name__]',
    });
    const { messages } = await converse(pythonArgs('app/main.py'), dir, [ask(1)] as never[]);
    expect(messages.slice(1)).toMatchObject([{ result: [6, 5, true, 'app.main'] }]);
  });
});
