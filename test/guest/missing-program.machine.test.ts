/** What both language runtimes say of a program that is not in the image. */

import { expect, it } from 'vitest';
import { converse, nodeArgs, pythonArgs } from './guest-process.ts';
import { tempDir } from './temp-dir.ts';

const codeOf = async (file: string, source: string): Promise<string> => {
  const dir = tempDir({ [file]: source });
  const args = file.endsWith('.py') ? pythonArgs(file) : nodeArgs(file);
  const { messages } = await converse(args, dir, [{ id: 1, event: {}, repeat: 1 }] as never[]);
  return (messages[1] as { error: { code: string } }).error.code;
};

const IMPORT =
  "import * as child from 'node:child_process'; import * as fs from 'node:fs'; import { promisify } from 'node:util';\n";
it.each([
  ["child.execFileSync('no-such', ['-x'])", 'MISSING_PROGRAM'],
  ["promisify(child.execFile)('no-such')", 'MISSING_PROGRAM'],
  ["child.execSync('no-such -x', { stdio: 'ignore' })", 'MISSING_PROGRAM'],
  ["promisify(child.exec)('no-such 2> /dev/null')", 'MISSING_PROGRAM'],
  ["child.execSync('exit 3', { stdio: 'ignore' })", undefined],
  ["fs.readFileSync('none')", 'ENOENT'],
])('Node, %s', async (call, code) => {
  expect(await codeOf('app.mjs', `${IMPORT}export const handler = () => ${call};`)).toBe(code);
});

it.each([
  ["subprocess.run(['no-such'])", 'MISSING_PROGRAM'],
  ["subprocess.check_output('no-such 2> /dev/null', shell=True)", 'MISSING_PROGRAM'],
  ["subprocess.check_call('exit 3', shell=True)", undefined],
  ["open('none')", 'ENOENT'],
])('Python, %s', async (call, code) => {
  expect(await codeOf('app.py', `import subprocess\ndef handler(event, context):\n    return ${call}\n`)).toBe(code);
});
