import { execa } from 'execa';
import { NotMeasurableError } from '../errors.ts';

const TOOL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs one of the machine's own tools with a fixed environment and returns its stdout.
 *
 * @throws NotMeasurableError when the tool is not installed, naming its package
 */
export async function runTool(
  file: string,
  args: string[],
  options: { debianPackage: string; cwd?: string; input?: Uint8Array; maxBytes?: number; env?: Record<string, string> },
): Promise<Buffer> {
  const result = await execa(file, args, {
    cwd: options.cwd ?? '/',
    input: options.input ?? new Uint8Array(),
    env: { PATH: TOOL_PATH, LC_ALL: 'C', ...options.env },
    extendEnv: false,
    encoding: 'buffer',
    maxBuffer: options.maxBytes ?? 64 * 2 ** 20,
    reject: false,
  });
  if (result.code === 'ENOENT') {
    const fix = `run scripts/setup-runner (Debian package ${options.debianPackage})`;
    throw new NotMeasurableError(`${file} is not installed: ${fix}`);
  }
  if (result.failed) {
    const words = Buffer.from(result.stderr).toString('utf8').trim().split('\n').at(-1);
    throw new Error(`${file} ${args[0] ?? ''} failed: ${words || result.shortMessage}`);
  }
  return Buffer.from(result.stdout);
}
