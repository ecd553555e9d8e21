import { runTool } from '../../lib/run-tool.ts';

/** Those that are kept in an image (unpack-tar.ts). */
const PATTERN = '^(user\\.|security\\.capability$)';

/** The extended attributes of a tree as text, by path and name in byte order; links are not followed. */
export async function readAttributes(root: string): Promise<string> {
  const args = ['--recursive', '--physical', '--no-dereference', '--dump', '--encoding=hex', '--match', PATTERN];
  const dump = await runTool('getfattr', [...args, '--', '.'], { debianPackage: 'attr', cwd: root });
  return dump
    .toString('latin1')
    .split('\n\n')
    .map((block) => block.trim().split('\n'))
    .filter(([path = '']) => path !== '')
    .map(([path, ...values]) => [path, ...values.sort()].join('\n'))
    .sort()
    .join('\n\n');
}
