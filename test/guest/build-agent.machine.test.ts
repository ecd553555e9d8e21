import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { root } from './guest-process.ts';

const check = (env: NodeJS.ProcessEnv = process.env) =>
  spawnSync('scripts/build-agent', ['--check'], { cwd: root, encoding: 'utf8', env });

it('the committed agent is what its sources give', () => {
  const { status, stderr } = check();
  expect(stderr).toMatch(/byte-identical to a rebuild|not compared byte by byte|musl-gcc is not installed/);
  expect(status).toBe(0);
});
