import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../../src/host/find-program.ts';
import { buildFunction } from '../../../src/image/build/build-function.ts';
import { needsRoot } from '../../support/skip-unless.ts';
import { functionConfig, openWorkshop, type Workshop, writeTree } from '../workshop.ts';

const before = { ...process.env };
let shop: Workshop;
/** Not in /tmp, which is another one in a build. */
let place: string;
beforeAll(() => {
  shop = openWorkshop();
  place = mkdtempSync('/var/tmp/isogate-tools-');
});
afterAll(() => {
  Object.assign(process.env, before);
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  rmSync(place, { recursive: true });
  shop.remove();
});

let trees = 0;
const build = async (script: string, files: Record<string, string> = { 'a.txt': '' }) => {
  const dir = writeTree(join(shop.dir, `tree-${++trees}`), files);
  const config = functionConfig(dir, { runtime: 'command', command: ['./x'], build: ['sh', '-c', script] });
  const tree = await buildFunction(config, shop);
  return (name: string): string => readFileSync(join(tree.dir, name), 'utf8').trim();
};

describe('a build', () => {
  needsRoot();

  it.for([
    [
      'go',
      'go version > out && printf "package main\nfunc main() {}\n" > m.go && go build -o m m.go',
      /^go version go1/,
    ],
    ['javac', 'javac -version > out && echo "class A {}" > A.java && javac A.java', /^javac \d+/],
    [
      'mvn',
      `mvn -v > out && mvn -o -q validate && ! grep -q passphrase /etc/maven/settings.xml`,
      /Apache Maven/,
      {
        'pom.xml':
          '<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version><packaging>pom</packaging></project>',
      },
    ],
    ['cargo', 'rustc --version > out && cargo init --vcs none --name a 2> log && cargo build 2>> log', /^rustc 1\./],
  ] as const)('has the %s of the machine', async ([program, script, version, files], context) => {
    if (findProgram(program) === null) return context.skip(`${program} is not installed here`);
    expect((await build(script, files))('out')).toMatch(version);
  });

  it('has the tool chains of a home directory, and nothing else of it', async () => {
    const home = writeTree(join(place, 'home'), {
      '.npmrc': '//registry.test/:_authToken=secret',
      '.ssh/id_ed25519': 'secret',
      '.aws/credentials': 'secret',
      '.git-credentials': 'secret',
      '.cargo/credentials.toml': 'secret',
      '.cargo/config.toml': 'secret',
      '.cargo/bin/from-cargo!': '#!/bin/sh\necho cargo',
      '.cargo/registry/index/a': 'public',
      '.local/bin/from-local!': '#!/bin/sh\necho local',
      '.local/share/keyrings/a': 'secret',
      'jdks/21/bin/from-jdk!': '#!/bin/sh\ncat "$(dirname "$0")/../lib/modules"',
      'jdks/21/lib/modules': 'modules\n',
      'jdks/21/.npmrc': 'secret',
      'jdks/21/.env': 'secret',
      'tools/node/20/x64/bin/from-cache!': '#!/bin/sh\necho cache',
      'tools/node/20/x64/lib/a': 'public',
      'tools/node/20/x64/lib/own/deep/id_rsa': 'secret',
      'bin/from-scripts!': '#!/bin/sh\n# secret\necho scripts',
      'own/bin/from-own!': '#!/bin/sh\ncat "$(dirname "$0")/../lib/a"',
      'own/lib/a': 'own\n',
      'own/lib/deploy.pem': '-----BEGIN PRIVATE KEY-----\nsecret',
      'own/lib/ca.pem': '-----BEGIN CERTIFICATE-----\n',
      'own/notes/a': 'secret',
      'own/password.txt': 'secret',
      'maven/bin/mvn!': '#!/bin/sh\n',
      'maven/conf/settings.xml': '<settings><servers><server><password>secret</password></server></servers></settings>',
      'work/repo/.env': 'secret',
      'work/repo/bin/from-workspace!': '#!/bin/sh\necho workspace',
    });
    chmodSync(home, 0o700);
    process.env['HOME'] = home;
    process.env['RUNNER_TOOL_CACHE'] = join(home, 'tools');
    process.env['JAVA_HOME'] = join(home, 'jdks/21');
    process.env['MAVEN_HOME'] = join(home, 'maven');
    const dirs = ['.cargo/bin', '.local/bin', 'jdks/21/bin', '.', 'tools/node/20/x64/bin', 'own/bin', 'bin'].map(
      (dir) => join(home, dir),
    );
    process.env['PATH'] = [...dirs, before['PATH']].join(':');
    const script = `for name in cargo local jdk cache own workspace scripts; do from-$name; done > out 2> log
      grep -rl secret "${home}" > secrets 2> /dev/null; ls -A "${home}" > listing; ls -A "${home}/own" > own
      cat "${home}/own/lib/ca.pem" > ca; cat "$MAVEN_HOME/conf/settings.xml" > maven; echo "$JAVA_HOME" > java; true`;
    const read = await build(script);
    expect(read('out').split('\n')).toEqual(['cargo', 'local', 'modules', 'cache', 'own']);
    expect(read('secrets')).toBe('');
    expect(read('listing').split('\n').sort()).toEqual(['.cargo', '.local', 'jdks', 'maven', 'own', 'tools']);
    expect(read('own').split('\n').sort()).toEqual(['bin', 'lib']);
    expect(read('ca')).toBe('-----BEGIN CERTIFICATE-----');
    expect(read('maven')).toBe('<settings/>');
    expect(read('java')).toBe(join(home, 'jdks/21'));
  });

  it('is made again when a compiler is another one', async () => {
    const bin = join(place, 'other/bin');
    writeTree(bin, { 'rustc!': '#!/bin/sh\necho one' });
    process.env['PATH'] = `${bin}:${before['PATH']}`;
    const files = { 'b.txt': '' };
    expect((await build('rustc > out', files))('out')).toBe('one');
    writeTree(bin, { 'rustc!': '#!/bin/sh\necho another' });
    expect((await build('rustc > out', files))('out')).toBe('another');
  });
});
