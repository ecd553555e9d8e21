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
