import { afterEach, expect, it } from 'vitest';
import { machineState } from '../../src/probe/remember-proofs.ts';

const before = process.env['DOCKER_HOST'];
afterEach(() => {
  if (before === undefined) delete process.env['DOCKER_HOST'];
  else process.env['DOCKER_HOST'] = before;
});

it('what was proven with one daemon says nothing of another', async () => {
  process.env['DOCKER_HOST'] = 'unix:///run/one.sock';
  const one = await machineState();
  expect(await machineState()).toEqual(one);
  process.env['DOCKER_HOST'] = 'unix:///run/other.sock';
  expect(await machineState()).not.toEqual(one);
});
