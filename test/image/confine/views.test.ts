import { expect, it } from 'vitest';
import { viewForBuild, viewForQuestion, viewForTool } from '../../../src/image/confine/views.ts';

const SIGHT = {
  agent: '/a',
  tree: '/t',
  passwd: '/p',
  mavenSettings: '/m',
  network: false,
  env: { A: 'b' },
  show: ['/etc/hostname', '/no/such'],
};

it('a build sees its tree, the programs of the machine, and no network unless it is wanted', () => {
  const { args, agent, capabilities } = viewForBuild(SIGHT);
  const text = args.join(' ');
  expect(text).toContain('--unshare-net');
  expect(text).toContain('--bind /t /function --chdir /function --clearenv --setenv A b');
  expect(text).toContain('--ro-bind /etc/hostname /etc/hostname');
  expect(text).not.toContain('/no/such');
  expect(text).toContain(`--ro-bind /a ${agent}`);
  expect(capabilities).toBeNull();
  expect(viewForBuild({ ...SIGHT, network: true }).args).not.toContain('--unshare-net');
});

it('a tool has only the capabilities that it is given, and those to become another user where it has none', () => {
  const added = (capabilities: string[] | null) =>
    viewForTool({ agent: '/a', capabilities }).args.filter((_, index, all) => all[index - 1] === '--cap-add');
  expect(added(['CAP_CHOWN'])).toEqual(['CAP_CHOWN']);
  expect(added(null)).toEqual(['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP']);
});

it('a program that is asked something can write nowhere but in its own /tmp, and reaches no service', () => {
  const { args } = viewForQuestion('/a', {});
  expect(args.filter((word) => word === '--bind')).toEqual([]);
  expect(args.join(' ')).toContain('--tmpfs /run');
  expect(args).toContain('--unshare-net');
});
