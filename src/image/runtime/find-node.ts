import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { findOnPath, IMAGE_PATH } from '../../host/host-program.ts';
import { BadInputError } from '../../model/errors.ts';
import { listLibraries } from './list-libraries.ts';
import type { RuntimePlan } from './runtime-plan.ts';

/**
 * The `node` on PATH, or the one that runs this. Version managers put scripts in its place, so it is asked for itself.
 *
 * @throws BadInputError when what is called node is none
 */
export async function findNode(): Promise<RuntimePlan> {
  const asked = findOnPath('node') ?? process.execPath;
  const script = 'process.stdout.write(JSON.stringify([process.execPath, process.versions.node]))';
  const env = { PATH: process.env['PATH'] ?? IMAGE_PATH, HOME: process.env['HOME'] ?? '/' };
  const answer = await execa(asked, ['-e', script], {
    cwd: '/',
    env,
    extendEnv: false,
    reject: false,
    timeout: 60_000,
  });
  if (answer.failed) throw new BadInputError(`${asked} is not a working Node.js: ${answer.shortMessage}`);
  const [path, version] = JSON.parse(answer.stdout) as [string, string];
  const program = realpathSync(path);
  const { libraries } = await listLibraries([program]);
  return {
    name: 'node',
    version,
    program,
    arguments: [],
    files: [program, ...libraries],
    compile: null,
    links: { node: program },
    prefixes: [dirname(dirname(program))],
  };
}
