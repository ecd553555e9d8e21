import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { agent } from './guest-process.ts';

it('agent tsc reads the same frequency twice', () => {
  const read = () => Number(execFileSync(agent, ['tsc'], { encoding: 'utf8' }));
  const first = read();
  expect(first).toBeGreaterThan(500_000);
  expect(first).toBeLessThan(10_000_000);
  expect(Math.abs(read() / first - 1)).toBeLessThan(0.001);
});
