// Language runtime for Node handlers: node runtime.mjs FILE EXPORT [NAME MEMORY_MIB TIME_LIMIT_MS]. The protocol is docs/reference/runtime-protocol.md.
// One file without dependencies, because it is copied into images. It reads the channel synchronously: that has the
// lowest latency on every kind of channel, and freezes the function between invocations as FaaS platforms do.
import { existsSync, readSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const MAX_LINE_BYTES = 32 * 1024 * 1024;
const MAX_DEPTH = 128;
const MAX_REPEAT = 1_000_000;
const MAX_MESSAGE_BYTES = 4096;
const EXIT_MALFORMED = 2;

// Taken before user code loads: a handler that replaces a global breaks itself, not the channel.
const { parse, stringify } = JSON;
const now = process.hrtime.bigint;
const exit = process.exit.bind(process);
const [channelIn, channelOut] = (process.env.ISOGATE_CHANNEL ?? '0,1').split(',').map(Number);
delete process.env.ISOGATE_CHANNEL;
const [file, name, functionName = 'function', memoryMiB = '256', timeLimit = '30000'] = process.argv.slice(2);
const timeLimitMs = Number(timeLimit);

/** What the function is doing, so that an exit in the middle of it can be told apart from the end of the channel. */
let state = 'idle';
/** Fails what is awaited at the moment; see `beforeExit`. */
let abandon = null;
let errorShown = false;

const namedError = (name, message) => Object.assign(new Error(message), { name });

const truncate = (text, bytes) => {
  const buffer = Buffer.from(text);
  return buffer.length <= bytes
    ? text
    : `${buffer
        .subarray(0, bytes - 4)
        .toString()
        .replace(/\uFFFD$/, '')}…`;
};

const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
const MAX_CAUSES = 8;

/** Of child_process: there is no such program, or a shell found none, which it says by 127. */
const missesProgram = ({ code, syscall, status }) =>
  (code === 'ENOENT' && String(syscall).startsWith('spawn')) || code === 127 || status === 127;

/** The code of the error that caused the others: `fetch failed` says what failed only there. */
const codeOf = (thrown) => {
  let code;
  for (let error = thrown, i = 0; typeof error === 'object' && error !== null && i < MAX_CAUSES; i++) {
    if (missesProgram(error)) return 'MISSING_PROGRAM';
    if (typeof error.code === 'string' && CODE.test(error.code)) code = error.code;
    error = error.cause ?? error.errors?.[0];
  }
  return code;
};

/** Anything can be thrown, also values whose properties throw when read. */
const describe = (thrown) => {
  try {
    const isError = typeof thrown === 'object' && thrown !== null && 'message' in thrown;
    const name = isError ? String(thrown.name ?? 'Error') : 'Error';
    return {
      name: truncate(name, 100),
      message: truncate(String(isError ? thrown.message : thrown), MAX_MESSAGE_BYTES),
      code: codeOf(thrown),
    };
  } catch {
    return { name: 'Error', message: 'the function threw a value that cannot be shown' };
  }
};

/** The first error's stack goes to stderr, where the host keeps a tail; the rest would only repeat it. */
const showOnce = (thrown) => {
  if (errorShown) return;
  errorShown = true;
  try {
    writeSync(2, `${truncate(String(thrown?.stack ?? thrown), MAX_MESSAGE_BYTES)}\n`);
  } catch {
    // Nobody reads stderr, or the value cannot be shown: the reply still tells what happened.
  }
};

/** As text, which spares a copy; what the kernel did not take at once follows as bytes. */
const writeLine = (text) => {
  const line = `${text}\n`;
  const written = writeSync(channelOut, line);
  if (written === Buffer.byteLength(line)) return;
  const bytes = Buffer.from(line);
  for (let offset = written; offset < bytes.length; ) offset += writeSync(channelOut, bytes, offset);
};

const stop = (code, message) => {
  state = 'stopped';
  if (message) writeSync(2, `isogate runtime: ${message}\n`);
  exit(code);
};

const NEWLINE = 10;
const CHUNK_BYTES = 65536;
const chunk = Buffer.allocUnsafe(CHUNK_BYTES + 1);
/** What was read and not yet used lies in `chunk` from `begin` to `end`. */
let begin = 0;
let end = 0;
chunk[end] = NEWLINE;

/** Searches no further than `end`: behind it stands a newline of our own. */
const newlineAt = () => {
  const at = chunk.indexOf(NEWLINE, begin);
  return at < end ? at : -1;
};

/** The next line without its newline, or null at the end of the channel. */
const readLine = () => {
  const parts = [];
  let length = 0;
  for (let at = newlineAt(); ; at = newlineAt()) {
    length += (at < 0 ? end : at) - begin;
    if (length >= MAX_LINE_BYTES) stop(EXIT_MALFORMED, 'the request is over 32 MiB');
    if (at >= 0) {
      const last = begin;
      begin = at + 1;
      if (parts.length === 0) return chunk.toString('utf8', last, at);
      return Buffer.concat([...parts, chunk.subarray(last, at)]).toString();
    }
    if (end > begin) parts.push(Buffer.from(chunk.subarray(begin, end)));
    begin = 0;
    end = readSync(channelIn, chunk, 0, CHUNK_BYTES, null);
    chunk[end] = NEWLINE;
    if (end === 0) {
      if (length > 0) stop(EXIT_MALFORMED, 'the channel ended in the middle of a line');
      return null;
    }
  }
};

const QUOTE = 34;
const BACKSLASH = 92;
/** Bit 5 is all that tells `{` from `[` and `}` from `]`. */
const CASE = 32;
const OPENING = 123;
const CLOSING = 125;

const depthOf = (line) => {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if ((code | CASE) === OPENING) deepest = Math.max(deepest, ++depth);
    else if ((code | CASE) === CLOSING) depth--;
  }
  return deepest;
};

const readRequest = (line) => {
  if (depthOf(line) > MAX_DEPTH) stop(EXIT_MALFORMED, `the request is nested over ${MAX_DEPTH} levels`);
  let request;
  try {
    request = parse(line);
  } catch (error) {
    stop(EXIT_MALFORMED, `the request is no JSON: ${truncate(error.message, 200)}`);
  }
  const { id, event, repeat = 1 } = request ?? {};
  if (!Number.isSafeInteger(id) || id < 0) stop(EXIT_MALFORMED, 'the request has no id, a whole number from 0');
  if (!Number.isInteger(repeat) || repeat < 0 || repeat > MAX_REPEAT)
    stop(EXIT_MALFORMED, `repeat is no whole number from 0 to ${MAX_REPEAT}`);
  return { id, event, repeat };
};

/** Waits for a promise of the function, and gives up on it when nothing is left that could settle it. */
const settled = (promise) =>
  new Promise((done, fail) => {
    abandon = fail;
    promise.then(done, fail);
  });

const logGroupName = `/aws/lambda/${functionName}`;
const invokedFunctionArn = `arn:aws:lambda:local:000000000000:function:${functionName}`;
let calls = 0;

/** The members of the context that AWS Lambda documents for Node handlers. */
class Context {
  callbackWaitsForEmptyEventLoop = true;
  functionVersion = '$LATEST';
  logStreamName = 'isogate';
  // The same in every isolation for the same call, so that an answer that holds it is the same too.
  awsRequestId = `00000000-0000-4000-8000-${String(++calls).padStart(12, '0')}`;
  functionName = functionName;
  memoryLimitInMB = memoryMiB;
  logGroupName = logGroupName;
  invokedFunctionArn = invokedFunctionArn;
  // By a clock that nobody sets.
  #deadlineMs = performance.now() + timeLimitMs;

  getRemainingTimeInMillis() {
    return Math.max(0, Math.floor(this.#deadlineMs - performance.now()));
  }
}

/** The value of one call. A handler with a third parameter may answer by its callback instead of its return. */
const call = (handler, event, context) => {
  if (handler.length < 3) return handler(event, context);
  let answer;
  const answered = new Promise((done, fail) => {
    answer = (error, result) => (error === null || error === undefined ? done(result) : fail(error));
  });
  const returned = handler(event, context, answer);
  return typeof returned?.then === 'function' ? returned : answered;
};

/**
 * Compares the answers of one message. It is enough to do so once in an instance, in its warm-up: more would only take time in
 * the messages that are measured.
 */
class Answers {
  static isLookedAt = false;
  #first = null;
  #unlike = null;

  add(result) {
    const text = resultText(result);
    this.#first ??= text;
    if (text !== this.#first) this.#unlike ??= text;
  }

  /** The text of one that is not the last. */
  otherThan(last) {
    return this.#first === last ? this.#unlike : this.#first;
  }
}

/** Looked for in every message, because errors may begin late. */
const isErrorAnswer = (result) => typeof result?.statusCode === 'number' && result.statusCode >= 400;

const invoke = async (handler, event, repeat) => {
  const ns = new Array(repeat);
  const answers = repeat > 1 && !Answers.isLookedAt ? new Answers() : null;
  if (answers) Answers.isLookedAt = true;
  // Handlers may change their event: each further call gets one that is parsed anew, outside of the time that is taken.
  const text = repeat > 1 ? stringify(event) : '';
  let result = null;
  let failed;
  for (let i = 0; i < repeat; i++) {
    const fresh = i === 0 ? event : parse(text);
    const context = new Context();
    const start = now();
    result = call(handler, fresh, context);
    if (typeof result?.then === 'function') result = await settled(result);
    ns[i] = Number(now() - start);
    answers?.add(result);
    if (repeat > 1 && isErrorAnswer(result)) failed ??= result;
  }
  return { result, ns, answers, failed };
};

const resultText = (result) => {
  if (result === undefined) return 'null';
  let text;
  try {
    text = stringify(result);
  } catch (error) {
    throw namedError('ResultNotSerialisable', `the result cannot be written as JSON: ${describe(error).message}`);
  }
  if (text === undefined)
    throw namedError('ResultNotSerialisable', `the result cannot be written as JSON: it is a ${typeof result}`);
  return text;
};

const reply = async (handler, { id, event, repeat }) => {
  try {
    const { result, ns, answers, failed } = await invoke(handler, event, repeat);
    const text = resultText(result);
    const line = `{"id":${id},"ok":true,"result":${text},"ns":${stringify(ns)}}`;
    const failure = failed === undefined ? text : resultText(failed);
    const other = failure === text ? (answers?.otherThan(text) ?? null) : failure;
    const longer = other === null ? '' : `${line.slice(0, -1)},"other":${other}}`;
    if (longer !== '' && Buffer.byteLength(longer) < MAX_LINE_BYTES) return longer;
    const bytes = Buffer.byteLength(line) + 1;
    if (bytes > MAX_LINE_BYTES)
      throw namedError('ResultTooLarge', `the reply takes ${bytes} bytes, the limit is ${MAX_LINE_BYTES}: return less`);
    return line;
  } catch (error) {
    showOnce(error);
    return stringify({ id, ok: false, error: describe(error) });
  }
};

const refuseStreaming = () => {
  throw namedError('StreamingHandler', 'a handler that streams its response cannot be measured: return the response');
};

/** As a list of names; of CommonJS also those that the loader cannot see statically. */
const listExports = (module) => {
  const own = Object.keys(module).filter((name) => name !== 'module.exports');
  const hidden = typeof module.default === 'object' && module.default !== null ? Object.keys(module.default) : [];
  return [...new Set([...own, ...hidden])].join(', ') || 'nothing';
};

const PARAMETERS = /^(?:async\s*)?(?:function)?\s*[\w$]*\s*\(\s*([\w$]+)\s*,\s*([\w$]+)\s*[,)]/;

/** Why a function cannot be called with (event, context, callback); null where nothing speaks against it. */
const refuseSignature = (handler) => {
  const kind = Object.prototype.toString.call(handler);
  if (/Generator/.test(kind)) return 'is a generator: return the response';
  const text = Function.prototype.toString.call(handler);
  if (/^class\b/.test(text)) return 'is a class: export a function that calls it';
  if (handler.length > 3) return `takes ${handler.length} parameters: take (event, context, callback)`;
  const [, one = '', two = ''] = PARAMETERS.exec(text) ?? [];
  const isHttp = (/^_?req(uest)?$/.test(one) && /^_?res(p|ponse)?$/.test(two)) || /^(context|ctx)$/.test(one);
  return isHttp
    ? `takes (${one}, ${two}): take (event, context), or start the server that calls it and measure that with http:`
    : null;
};

const loadHandler = async (file, name) => {
  const path = resolve(file);
  if (!existsSync(path))
    throw namedError(
      'HandlerNotFound',
      `${file} is not in the function's directory: correct handler, or let build make it`,
    );
  globalThis.awslambda = { streamifyResponse: refuseStreaming };
  const module = await settled(import(pathToFileURL(path).href));
  // CommonJS: names that the loader cannot see statically are on the default export.
  const handler = module[name] ?? module.default?.[name];
  if (handler === undefined)
    throw namedError('HandlerNotFound', `${file} has no export ${name}; it exports: ${listExports(module)}`);
  if (typeof handler !== 'function')
    throw namedError('HandlerNotFound', `the export ${name} of ${file} is no function but a ${typeof handler}`);
  const reason = refuseSignature(handler);
  if (reason !== null) throw namedError('UnknownSignature', `the export ${name} of ${file} ${reason}`);
  return handler;
};

// Nothing is left that could settle the promise we wait for: say so at once instead of leaving with exit code 13.
process.on('beforeExit', () => {
  if (!abandon) return;
  const fail = abandon;
  abandon = null;
  setImmediate(fail, namedError('NeverSettled', 'the promise can never settle: nothing is pending in the event loop'));
});

process.on('exit', (code) => {
  try {
    if (state === 'loading')
      writeLine(
        stringify({
          type: 'failed',
          error: { name: 'Exit', message: `the process exited with code ${code} while the module was loading` },
        }),
      );
    if (state === 'running') writeLine(stringify({ type: 'exit', code }));
  } catch {
    // The channel is gone, and so is whoever wanted to know.
  }
});

const main = async () => {
  if (!file || !name) stop(EXIT_MALFORMED, 'usage: runtime.mjs FILE EXPORT [NAME MEMORY_MIB TIME_LIMIT_MS]');
  state = 'loading';
  let handler;
  try {
    handler = await loadHandler(file, name);
  } catch (error) {
    showOnce(error);
    writeLine(stringify({ type: 'failed', error: describe(error) }));
    stop(1);
  }
  state = 'running';
  writeLine(stringify({ type: 'ready', runtime: 'node', version: process.versions.node }));
  for (let line = readLine(); line !== null; line = readLine()) writeLine(await reply(handler, readRequest(line)));
  stop(0);
};

await main();
