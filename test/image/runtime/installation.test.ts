import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { installationOf, isSecretName } from '../../../src/image/runtime/installation.ts';

const HOME = homedir();

it.each([
  ['/usr/lib/jvm/java-21-openjdk-amd64/bin/java', '/usr/lib/jvm/java-21-openjdk-amd64'],
  ['/usr/lib/jvm/java-8-openjdk-amd64/jre/bin/java', '/usr/lib/jvm/java-8-openjdk-amd64/jre'],
  ['/opt/hostedtoolcache/Ruby/3.4.1/x64/bin/ruby', '/opt/hostedtoolcache/Ruby/3.4.1/x64'],
  ['/usr/local/go/bin/go', '/usr/local/go'],
  ['/opt/tool/tool', '/opt/tool'],
  [`${HOME}/.sdkman/candidates/java/21/bin/java`, `${HOME}/.sdkman/candidates/java/21`],
  [`${HOME}/jdk-21/bin/java`, `${HOME}/jdk-21`],
  ['/home/somebody/.rbenv/versions/3.4/bin/ruby', '/home/somebody/.rbenv/versions/3.4'],
])('%s belongs to %s', (program, installation) => {
  expect(installationOf(program)).toBe(installation);
});

it.each([
  ...['/usr/bin/perl', '/bin/sh', '/usr/local/bin/tool', '/usr/sbin/tool', '/usr/games/tool', '/usr/libexec/tool'],
  ...['/usr/lib/tool', '/usr/lib/x86_64-linux-gnu/tool', '/opt/tool', '/opt/bin/tool', '/tmp/bin/tool'],
  ...[`${HOME}/bin/tool`, `${HOME}/tool`, `${HOME}/.local/bin/tool`, `${HOME}/.cargo/bin/tool`, `${HOME}/go/bin/tool`],
  ...['/home/somebody/bin/tool', '/home/bin/tool', '/home/somebody/.cargo/bin/tool', '/root/.local/bin/tool'],
  join(process.cwd(), 'bin/tool'),
])('%s lies among others', (program) => {
  expect(installationOf(program)).toBeNull();
});

it('takes no files of a runner', () => {
  const dir = mkdtempSync(join(tmpdir(), 'isogate-runner-'));
  mkdirSync(join(dir, 'runner/bin'), { recursive: true });
  expect(installationOf(join(dir, 'runner/bin/tool'))).toBe(join(dir, 'runner'));
  mkdirSync(join(dir, 'runner/_work'));
  expect(installationOf(join(dir, 'runner/bin/tool'))).toBeNull();
  rmSync(dir, { recursive: true });
});

it.each(['.env', '.env.production', '.npmrc', 'npmrc', '.netrc', '.git-credentials', '.ssh', '.credentials_rsaparams'])(
  'knows %s for a secret',
  (name) => expect(isSecretName(name)).toBe(true),
);

it.each(['environment', 'cacert.pem', 'credentials.rb', 'env', '.gitignore', 'ssh'])('knows %s for no secret', (name) =>
  expect(isSecretName(name)).toBe(false),
);
