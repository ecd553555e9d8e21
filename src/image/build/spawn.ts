import { execa, type ResultPromise } from 'execa';

const HEAD_BYTES = 16 * 1024;

const OPTIONS = {
  cwd: '/',
  extendEnv: false,
  reject: false,
  buffer: false,
  cleanup: true,
  killSignal: 'SIGKILL',
  stdin: 'pipe',
  stdout: 'pipe',
  stderr: 'pipe',
} as const;

export interface Piped {
  child: ResultPromise<typeof OPTIONS>;
  /** The first 16 KiB that it wrote to stderr. */
  words: () => string;
}

/** A command of which only the streams are used. `child` settles when it has ended and never rejects. */
export function spawnPiped(
  argv: string[],
  options: { env?: Record<string, string>; signal?: AbortSignal | undefined } = {},
): Piped {
  const [file = '', ...args] = argv;
  const child = execa(file, args, {
    ...OPTIONS,
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', ...options.env },
    ...(options.signal ? { cancelSignal: options.signal } : {}),
  }) as ResultPromise<typeof OPTIONS>;
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (words.length < HEAD_BYTES) words += chunk.toString('utf8').slice(0, HEAD_BYTES - words.length);
  });
  return { child, words: () => words };
}

const TIMEOUT_MS = 10 * 60_000;
const TAIL_BYTES = 4096;
const TAIL_LINES = 12;

/** The end of what something wrote, for an error. */
export const lastLines = (tail: string): string =>
  tail.trimEnd().split('\n').slice(-TAIL_LINES).join('\n') || 'no output';

/** How a build ended. */
export interface BuildEnd {
  failed: boolean;
  /** `exited with 1`, or that it took too long. */
  how: string;
  /** Null where a signal ended it. */
  exitCode: number | null;
  /** The last lines of its output. */
  words: string;
  /** Some more of them. */
  tail: string;
}

/** Runs a build for at most ten minutes. `signal` ends it at once; the caller looks at the signal afterwards. */
export async function runLogged(
  [file = '', ...args]: string[],
  options: { env: Record<string, string>; killSignal?: 'SIGKILL'; signal?: AbortSignal | undefined },
): Promise<BuildEnd> {
  const build = execa(file, args, {
    cwd: '/',
    env: options.env,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
    timeout: TIMEOUT_MS,
    cleanup: true,
    ...(options.killSignal && { killSignal: options.killSignal }),
    ...(options.signal && { cancelSignal: options.signal }),
  });
  let tail = '';
  build.all.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-TAIL_BYTES);
  });
  const result = await build;
  const how = result.timedOut
    ? `took longer than ${TIMEOUT_MS / 60_000} minutes`
    : `exited with ${result.exitCode ?? result.signal}`;
  return {
    failed: result.failed,
    how,
    exitCode: result.exitCode ?? null,
    tail,
    words: lastLines(tail),
  };
}
