import { execa } from 'execa';
import { NotMeasurableError } from '../model/errors.ts';

const TOOL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const MAX_BYTES = 64 * 2 ** 20;
const MAX_WORDS_BYTES = 4096;

/**
 * Runs one of the machine's own tools with a fixed environment and returns its stdout.
 *
 * @throws NotMeasurableError when the tool is not installed, naming its package
 * @throws Error with its last words when it fails, or writes more than `maxBytes` (64 MiB)
 */
export async function runTool(
  file: string,
  args: string[],
  options: { debianPackage: string; cwd?: string; input?: Uint8Array; maxBytes?: number; env?: Record<string, string> },
): Promise<Buffer> {
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  // Collected here: execa escapes all that a failed command wrote for its message, and V8 gives up at some 64 MiB of it.
  const child = execa(file, args, {
    cwd: options.cwd ?? '/',
    input: options.input ?? new Uint8Array(),
    env: { PATH: TOOL_PATH, LC_ALL: 'C', ...options.env },
    ...{ extendEnv: false, encoding: 'buffer', buffer: false, reject: false, killSignal: 'SIGKILL' },
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else child.kill();
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-MAX_WORDS_BYTES);
  });
  const result = await child;
  if (result.code === 'ENOENT') {
    const fix = `run scripts/setup-runner (Debian package ${options.debianPackage})`;
    throw new NotMeasurableError(`${file} is not installed: ${fix}`);
  }
  if (bytes > maxBytes) throw new Error(`${file} ${args[0] ?? ''} failed: it wrote more than ${maxBytes} bytes`);
  if (result.failed) {
    const last = words.trim().split('\n').at(-1);
    throw new Error(`${file} ${args[0] ?? ''} failed: ${last || result.shortMessage}`);
  }
  return Buffer.concat(chunks);
}
