import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { root } from './guest-process.ts';

it('says what is not accepted', () => {
  const { status, stderr } = spawnSync('scripts/build-agent', ['--chek'], { cwd: root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 4,
    stderr: 'build-agent: unknown option --chek: accepted are --check or a path\n',
  });
});
