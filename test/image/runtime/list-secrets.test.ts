import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listOpt } from '../../../src/image/confine/list-opt.ts';
import { listSecrets } from '../../../src/image/runtime/list-secrets.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'isogate-secrets-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const write = (files: Record<string, string>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
};

const relativeSecrets = (): string[] =>
  listSecrets(dir)
    .map((path) => path.slice(dir.length + 1))
    .sort();

it('finds passwords and keys at every level that it looks through, and runners', () => {
  write({
    '.npmrc': '',
    'conf/settings.xml': '<settings/>',
    'a/b/c/d/id_rsa': '',
    'a/b/credentials': '',
    'a/deploy.key': '-----BEGIN RSA PRIVATE KEY-----',
    'a/b/c/d/e/.netrc': '',
    'runner/.credentials': '',
    'runner/bin/tool': '',
  });
  expect(relativeSecrets()).toEqual([
    ...[
      '.npmrc',
      'a/b/c/d/e/.netrc',
      'a/b/c/d/id_rsa',
      'a/b/credentials',
      'a/deploy.key',
      'conf/settings.xml',
      'runner',
    ],
  ]);
});

it('leaves certificates, code of that name, packages, links and what lies deeper', () => {
  write({
    'lib/cacert.pem': '-----BEGIN CERTIFICATE-----',
    'lib/credentials/a.js': '',
    'lib/credentials.py': '',
    'lib/x.key': 'a file of slides',
    'lib/node_modules/a/.npmrc': '',
    '1/2/3/4/5/6/.npmrc': '',
  });
  symlinkSync('/root/.netrc', join(dir, '.netrc'));
  expect(relativeSecrets()).toEqual([]);
});

it('shows of /opt no runner, also where several lie side by side', () => {
  write({
    'one/.runner': '{}',
    'runners/1/.credentials': '{}',
    'runners/2/_work/a': '',
    'runners/tools/bin/tool': '',
    'jdk/bin/java': '',
    'jdk/lib/a': '',
  });
  expect(listOpt(dir).sort()).toEqual([join(dir, 'jdk'), join(dir, 'runners/tools')]);
});

it('hides runners in /opt however deep they lie, and shows what lies beside them', () => {
  write({
    'jdk/bin/java': '',
    'ci/pools/one/two/three/four/five/runner/.credentials': '',
    'ci/pools/one/tools/gcc': '',
    'ci/go/bin/go': '',
  });
  expect(listOpt(dir).sort()).toEqual([join(dir, 'ci/go'), join(dir, 'ci/pools/one/tools'), join(dir, 'jdk')]);
});
