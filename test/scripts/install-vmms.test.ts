import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../scripts/install-vmms');
const CLOUD = 'cloud-hypervisor/cloud-hypervisor/releases/download/v48.0/cloud-hypervisor-static';
const FIRECRACKER = 'firecracker-microvm/firecracker/releases/download/v1.13.1/firecracker-v1.13.1-x86_64.tgz';

/** Releases as their projects lay them out, with programs that only know their version. */
let mirror: string;
beforeAll(async () => {
  mirror = mkdtempSync(join(tmpdir(), 'isogate-mirror-'));
  program(join(mirror, CLOUD), 'cloud-hypervisor v48.0');
  const release = join(mirror, 'release-v1.13.1-x86_64');
  for (const name of ['firecracker', 'jailer', 'seccompiler-bin'])
    program(join(release, `${name}-v1.13.1-x86_64`), `${name} v1.13.1`);
  mkdirSync(dirname(join(mirror, FIRECRACKER)), { recursive: true });
  await execa('tar', ['-czf', join(mirror, FIRECRACKER), '-C', mirror, 'release-v1.13.1-x86_64']);
});
afterAll(() => rmSync(mirror, { recursive: true }));

function program(path: string, words: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho ${words}\n`);
  chmodSync(path, 0o755);
}

const sha256 = (path: string): string =>
  createHash('sha256')
    .update(readFileSync(join(mirror, path)))
    .digest('hex');

async function install(...args: string[]) {
  const into = mkdtempSync(join(tmpdir(), 'isogate-bin-'));
  const { exitCode, stdout, stderr } = await execa(SCRIPT, [...args, '--base', `file://${mirror}`, '--into', into], {
    reject: false,
  });
  const installed = existsSync(into) ? readdirSync(into).sort() : [];
  rmSync(into, { recursive: true });
  return { exitCode, stdout, stderr, installed };
}

describe('install-vmms', () => {
  it('installs what has the digest that was given', async () => {
    const { exitCode, stdout, installed } = await install(
      ...['--firecracker', '1.13.1', sha256(FIRECRACKER)],
      ...['--cloud-hypervisor', '48.0', sha256(CLOUD)],
    );
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').filter((line) => !line.startsWith('install-vmms: '))).toEqual([
      'firecracker v1.13.1',
      'jailer v1.13.1',
      'cloud-hypervisor v48.0',
    ]);
    expect(installed).toEqual(['cloud-hypervisor', 'firecracker', 'jailer']);
  });

  it('installs nothing of what has another, and says which', async () => {
    const { exitCode, stderr, installed } = await install('--cloud-hypervisor', '48.0', sha256(FIRECRACKER));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`has SHA-256 ${sha256(CLOUD)}, expected ${sha256(FIRECRACKER)}`);
    expect(installed).toEqual([]);
  });

  it('a release that is not there is an error', async () => {
    expect(await install('--cloud-hypervisor', '49.0', sha256(CLOUD))).toMatchObject({ exitCode: 1, installed: [] });
  });

  it.each([
    [[], 'nothing to install'],
    [['--firecracker', 'latest', '0'.repeat(64)], "--firecracker 'latest': a version as 1.13.1 is needed"],
    [['--firecracker', '1.13.1', 'abc'], "--firecracker 1.13.1 'abc': its SHA-256, 64 hexadecimal digits"],
    [['--qemu'], "unknown argument '--qemu'"],
  ])('refuses %j', async (args, words) => {
    const { exitCode, stderr } = await install(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(words);
  });
});
