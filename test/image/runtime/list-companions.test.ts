import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { listCompanions } from '../../../src/image/runtime/list-companions.ts';
import { writeTree } from '../workshop.ts';

let place: string;
let lines: string[];
beforeAll(() => {
  place = mkdtempSync('/var/tmp/isogate-companions-');
});
beforeEach(() => {
  lines = [];
});
afterAll(() => rmSync(place, { recursive: true }));

const list = async (program: string, modules: string[] = []): Promise<string[]> => {
  const found = await listCompanions({ program, modules, key: 'functions.f.command', log: (line) => lines.push(line) });
  return found.map((path) => path.replace(`${place}/`, ''));
};

it('brings an installation with what its links lead to, without secrets, private files and what developers need', async () => {
  const jdk = writeTree(join(place, 'jdk'), {
    'bin/java!': '',
    'lib/modules': '',
    'lib/include/x.h': '',
    'lib/private': '',
    'lib/.npmrc': '',
    '.env': '',
    'include/jni.h': '',
    'jmods/a.jmod': '',
    'man/java.1': '',
  });
  chmodSync(join(jdk, 'lib/private'), 0o600);
  writeTree(join(place, 'outside'), { secret: '' });
  symlinkSync('/etc/passwd', join(jdk, 'conf'));
  symlinkSync('/etc/shadow', join(jdk, 'shadow'));
  symlinkSync('/etc/ssl', join(jdk, 'ssl'));
  symlinkSync('/usr', join(jdk, 'all'));
  symlinkSync('../outside', join(jdk, 'outside'));
  symlinkSync('lib/modules', join(jdk, 'inside'));
  symlinkSync('nowhere', join(jdk, 'broken'));
  const found = await list(join(jdk, 'bin/java'));
  expect(found.filter((path) => !path.startsWith('/etc/ssl/'))).toEqual([
    ...['jdk/bin/java', 'jdk/conf', 'jdk/inside', 'jdk/lib/include/x.h', 'jdk/lib/modules', 'jdk/ssl'],
  ]);
  expect(found.filter((path) => path.startsWith('/etc/ssl/private'))).toEqual([]);
  expect(lines).toEqual([]);
});

it('brings the modules of an interpreter, and the libraries that those need', async () => {
  const modules = writeTree(join(place, 'modules'), { 'a.rb': '', 'deep/b.rb': '' });
  symlinkSync('/lib/x86_64-linux-gnu/libz.so.1', join(modules, 'deep/native.so'));
  const found = await list('/usr/bin/env', [modules, join(modules, 'deep'), join(place, 'none')]);
  expect(found.filter((path) => !path.startsWith('/'))).toEqual([
    'modules/a.rb',
    'modules/deep/b.rb',
    'modules/deep/native.so',
  ]);
  expect(found.some((path) => path.endsWith('/libc.so.6'))).toBe(true);
});

it('brings nothing of what is too large, and says so', async () => {
  const large = join(place, 'large');
  mkdirSync(join(large, 'bin'), { recursive: true });
  writeFileSync(join(large, 'bin/tool'), '', { mode: 0o755 });
  writeFileSync(join(large, 'data'), '');
  truncateSync(join(large, 'data'), 2 ** 30 + 1);
  expect(await list(join(large, 'bin/tool'))).toEqual([]);
  expect(lines).toEqual([
    `functions.f.command: the files beside ${large}/bin/tool in ${large} are more than 50000 or 1 GiB, so that they are left out; if it needs them, use an image of your own`,
  ]);
});

it('brings nothing beside a program in /usr/bin', async () => {
  expect(await list('/usr/bin/env')).toEqual([]);
});
