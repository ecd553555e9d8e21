import { askCommand } from '../../lib/run-tool.ts';
import { lastLine } from '../../lib/text.ts';
import { BadInputError } from '../../model/errors.ts';
import type { ImageProcess } from '../../model/image.ts';
import { imageCommand } from '../build/sandbox.ts';

const TIMEOUT_MS = 60_000;

/**
 * The version of the language runtime in a root file system, as the runtime itself says, run in a sandbox with that
 * tree as its root.
 * @throws BadInputError when it does not run
 */
export async function askVersion(options: {
  agent: string;
  rootfs: string;
  program: string;
  env: ImageProcess['env'];
  what: string;
  signal?: AbortSignal | undefined;
}): Promise<string> {
  const { program, what, signal } = options;
  const [file = '', ...args] = imageCommand(options, [program, '--version']);
  const env = { PATH: process.env['PATH'] ?? '' };
  const answer = await askCommand(file, args, { env, timeoutMs: TIMEOUT_MS, signal });
  const output = 'stdout' in answer ? `${answer.stdout}\n${answer.stderr}` : '';
  const version = /(\d+\.\d+\.\d+\S*)/.exec(output)?.[1];
  if (answer.outcome === 'answered' && version !== undefined) return version;
  const reason = answer.outcome === 'silent' ? 'it does not answer' : lastLine(output) || 'it says nothing';
  throw new BadInputError(`${what}: ${program} --version does not run: ${reason}`);
}
