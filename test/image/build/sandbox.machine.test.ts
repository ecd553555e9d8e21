import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sandboxCommand } from '../../../src/image/build/sandbox.ts';
import { openWorkshop, type Workshop } from '../workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

const ALL = ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--unshare-pid', '--die-with-parent', '--'];

it('starts a build with the standard descriptors only, and with limits', async (context) => {
  context.skip(process.getuid?.() !== 0, 'needs root');
  const script = 'ls /proc/$$/fd; cat /proc/self/limits';
  const command = sandboxCommand({ agent: join(shop.guestDir, 'agent'), asRoot: true }, [...ALL, 'sh', '-c', script]);
  const { stdout } = await execa('sh', ['-c', 'exec 7</etc/hostname 9</etc/hostname; exec "$@"', 'sh', ...command]);
  const [fds = '', limits = ''] = stdout.split(/\n(?=Limit)/);
  expect(fds.split('\n')).toEqual(['0', '1', '2']);
  const limit = (name: string): string[] | undefined =>
    limits
      .split('\n')
      .find((line) => line.startsWith(name))
      ?.slice(26)
      .trim()
      .split(/\s+/)
      .slice(0, 2);
  expect(limit('Max processes')).toEqual(['512', '512']);
  expect(limit('Max open files')).toEqual(['4096', '4096']);
  expect(limit('Max file size')).toEqual(['2147483648', '2147483648']);
  expect(limit('Max core file size')).toEqual(['0', '0']);
});

it('limits no processes where the user is somebody who has others', () => {
  const command = sandboxCommand({ agent: '/agent', asRoot: false }, ['make']).join(' ');
  expect(command).toMatch(/^\/agent launch --die-with-parent -- \S+prlimit --nofile=4096 .* -- \S+bwrap make$/);
  expect(command).not.toContain('nproc');
});
