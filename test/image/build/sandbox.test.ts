import { expect, it } from 'vitest';
import { buildSandboxArgs } from '../../../src/image/build/sandbox.ts';
import { FUNCTION_UID } from '../../../src/model/uids.ts';

const UID = String(FUNCTION_UID);

const OPTIONS = {
  tree: '/t',
  passwd: '/p',
  mavenSettings: '/m',
  network: false,
  env: { A: 'b' },
  show: ['/etc/hostname', '/no/such'],
  asRoot: true,
};

it('drops root inside of the sandbox', () => {
  const args = buildSandboxArgs(OPTIONS, ['npm', 'ci']);
  expect(args.slice(args.indexOf('--'))).toEqual([
    ...['--', '/usr/bin/setpriv', '--reuid', UID, '--regid', UID, '--clear-groups', '--no-new-privs'],
    ...['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all', '--', 'npm', 'ci'],
  ]);
  const text = args.join(' ');
  expect(text).toContain('--unshare-net');
  expect(text).toContain('--bind /t /function --chdir /function --clearenv --setenv A b');
  expect(text).toContain('--ro-bind /etc/hostname /etc/hostname');
  expect(text).not.toContain('/no/such');
  expect(text).not.toContain('--unshare-user');
});

it('has the network only where it is wanted, and a user namespace where it is not root', () => {
  const args = buildSandboxArgs({ ...OPTIONS, network: true, asRoot: false }, ['make']);
  expect(args).not.toContain('--unshare-net');
  expect(args.join(' ')).toContain(`--unshare-user --uid ${UID} --gid ${UID}`);
  expect(args.slice(args.indexOf('--'))).toEqual(['--', 'make']);
});
