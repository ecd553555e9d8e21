import { chmodSync, chownSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readAllowedPaths } from '../../src/config/allowed-paths.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { needsRoot } from '../support/skip-unless.ts';
import { failure, workspace } from './workspace-fixture.ts';

needsRoot();

const setUp = (allow: string): { top: string; config: string; allowFile: string } => {
  const top = workspace({
    'work/isogate.yml':
      'functions: { f: { command: [./f] } }\nisolations: { native: , qemu-microvm: { kernel: ../kernels/vmlinux } }\n',
    'kernels/vmlinux': 'ELF',
    'allow.yml': allow,
  });
  return { top, config: join(top, 'work/isogate.yml'), allowFile: join(top, 'allow.yml') };
};

test("a kernel outside the workspace counts only where root's list or the command line names it", async () => {
  const { top, config, allowFile } = setUp('paths: [/elsewhere]\n');
  expect((await failure(() => loadConfig(config, { allowFile }))).message).toBe(
    `${config}:2: isolations.qemu-microvm.kernel: "../kernels/vmlinux": leads to ${top}/kernels/vmlinux, outside the workspace; accepted: a path inside it, or one that /etc/isogate/allow.yml lists`,
  );
  const onCommandLine = await loadConfig(config, { allowFile, allowedPaths: [join(top, 'kernels/vmlinux')] });
  expect(onCommandLine.isolations[1]?.kernel).toEqual({ path: join(top, 'kernels/vmlinux') });
});

test('an entry covers what lies below it, but not a longer name', async () => {
  const top = workspace({ 'allow.yml': 'paths: [/opt/isogate]\n' });
  expect(readAllowedPaths(join(top, 'allow.yml'))).toEqual(['/opt/isogate']);
  const { top: other, config, allowFile } = setUp('paths: []\n');
  const isolations = async (allowedPaths: string[]) =>
    (await loadConfig(config, { allowFile, allowedPaths })).isolations;
  expect((await isolations([join(other, 'kernels')]))[1]?.kernel).toEqual({
    path: join(other, 'kernels/vmlinux'),
  });
  expect((await failure(() => isolations([join(other, 'ker')]))).message).toContain('outside the workspace');
});

test('a list that somebody else could have written is refused', async () => {
  const { config, allowFile } = setUp('paths: [/]\n');
  const message = `${allowFile}: must be a file that belongs to root and that nobody else can write; run: chown root ${allowFile}; chmod go-w ${allowFile}`;
  chmodSync(allowFile, 0o664);
  expect(await failure(() => loadConfig(config, { allowFile }))).toEqual({ name: 'BadInputError', message });
  chmodSync(allowFile, 0o644);
  chownSync(allowFile, 65534, 0);
  expect((await failure(() => loadConfig(config, { allowFile }))).message).toBe(message);
  chownSync(allowFile, 0, 0);
  symlinkSync(allowFile, `${allowFile}.link`);
  expect((await failure(() => readAllowedPaths(`${allowFile}.link`))).message).toContain('must be a file');
});

test.each([
  [
    'paths: [relative]\n',
    ':1: paths[0]: "relative": not accepted; accepted: an absolute path, such as /opt/isogate/vmlinux',
  ],
  ['path: [/x]\n', ':1: paths: missing (and 1 more)'],
  ['paths: /x\n', ':1: paths: "/x": not accepted; accepted: a list of absolute paths'],
  [
    'paths: [\n',
    ':2:1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
])('a malformed list: %j', async (allow, message) => {
  const { allowFile } = setUp(allow);
  expect((await failure(() => readAllowedPaths(allowFile))).message).toBe(allowFile + message);
});
