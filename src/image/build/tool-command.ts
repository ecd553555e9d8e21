import { existsSync } from 'node:fs';
import { FUNCTION_UID } from '../../model/uids.ts';
import { buildCommand } from './build-command.ts';
import { sameAsHost } from './sandbox-args.ts';

export interface ToolSandbox {
  /** Host path of the agent. */
  agent: string;
  /** Host directory that stands at /tree; only the tool that fills it may write there. */
  tree?: { dir: string; writable: boolean };
  /** Null: the function's user without any; else root with these and no other. */
  capabilities: string[] | null;
  /** Largest file that it may write. */
  fileBytes: number;
}

/**
 * The argument vector that runs one of the machine's tools over what somebody else made (an archive, a tree): in
 * bubblewrap, with the machine's /usr read-only, the tree, and nothing else of the machine; without network. What the
 * content makes it do, it can do to the tree alone.
 *
 * @throws NotMeasurableError when bubblewrap, prlimit or unshare is not installed
 */
export function toolCommand(options: ToolSandbox, argv: string[]): string[] {
  const id = String(FUNCTION_UID);
  const asFunction = options.capabilities === null;
  const capabilities = options.capabilities ?? ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'];
  const args = [
    ...['--die-with-parent', '--new-session', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net'],
    ...capabilities.flatMap((name) => ['--cap-add', name]),
    ...['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap(sameAsHost),
    ...['/usr', '/etc/ld.so.cache', '/etc/alternatives']
      .filter((path) => existsSync(path))
      .flatMap((path) => ['--ro-bind', path, path]),
    ...(options.tree ? [options.tree.writable ? '--bind' : '--ro-bind', options.tree.dir, '/tree'] : []),
    ...['--chdir', '/', '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin', '--setenv', 'LC_ALL', 'C', '--'],
    ...(asFunction
      ? ['/usr/bin/setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--no-new-privs', '--inh-caps=-all']
      : []),
    ...(asFunction ? ['--ambient-caps=-all', '--bounding-set=-all', '--'] : []),
    ...argv,
  ];
  return buildCommand({ agent: options.agent, asRoot: true, fileBytes: options.fileBytes }, args);
}
