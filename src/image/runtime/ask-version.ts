import { execa } from 'execa';
import { lastLine } from '../../lib/text.ts';
import { BadInputError } from '../../model/errors.ts';
import type { ImageProcess } from '../../model/image.ts';
import { FUNCTION_UID } from '../../model/uids.ts';
import { buildCommand } from '../build/sandbox.ts';

const TIMEOUT_MS = 60_000;

/**
 * The version of the language runtime in a root file system, as it says itself: run in bubblewrap with that tree as its
 * root, read-only, as the function's user without capabilities, without network.
 *
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
  const id = String(FUNCTION_UID);
  const args = [
    ...['--die-with-parent', '--new-session', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net'],
    ...['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap((name) => ['--cap-add', name]),
    ...['--ro-bind', options.rootfs, '/', '--proc', '/proc', '--dev', '/dev', '--perms', '1777', '--tmpfs', '/tmp'],
    ...['--chdir', '/', '--clearenv'],
    ...Object.entries(options.env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--', '/.isogate/agent', 'launch', '--uid', id, '--gid', id, '--', options.program, '--version'],
  ];
  const [file = '', ...rest] = buildCommand({ agent: options.agent, asRoot: true }, args);
  const answer = await execa(file, rest, {
    ...{ cwd: '/', extendEnv: false, env: { PATH: process.env['PATH'] ?? '' }, stdin: 'ignore', all: true },
    ...{ reject: false, timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: 64 * 1024, stripFinalNewline: true },
    ...(options.signal ? { cancelSignal: options.signal } : {}),
  });
  options.signal?.throwIfAborted();
  const version = /(\d+\.\d+\.\d+\S*)/.exec(answer.all)?.[1];
  if (!answer.failed && version !== undefined) return version;
  const words = lastLine(answer.all);
  throw new BadInputError(
    `${options.what}: ${options.program} --version does not run: ${words || answer.shortMessage}`,
  );
}
