import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runscIsolation } from '../../../src/isolation/oci/gvisor.ts';
import type { IsolationConfig } from '../../../src/model/config.ts';
import { isolationConfig } from '../../support/null-bench.ts';

const config = (platform: IsolationConfig['platform']): IsolationConfig => ({
  ...isolationConfig('gvisor', 'sandbox'),
  platform,
});

describe('a runsc without the platform', () => {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-runsc-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Answers as a release does: `runsc flags` writes to stderr. */
  const release = (name: string, platforms: string): string => {
    const file = join(directory, name);
    writeFileSync(
      file,
      `#!/bin/sh\ncase $1 in\n--version) echo "runsc version 0.0~20221219.0" ;;\nflags) echo "  -platform string\n    \tspecifies which platform to use: ${platforms}" >&2 ;;\nesac\n`,
    );
    chmodSync(file, 0o755);
    return file;
  };

  it('as a release to come may be: another platform', async () => {
    const next = release('next', 'systrap (default), kvm.');
    expect(await runscIsolation(config('ptrace'), next).probe()).toMatchObject({
      reason: 'this runsc has no ptrace platform; it has: systrap, kvm',
      fix: 'isolations.sandbox.platform: systrap',
    });
  });

  it('no runsc at all', async () => {
    expect(await runscIsolation(config('systrap'), join(directory, 'none')).probe()).toMatchObject({
      version: null,
      reason: 'runsc (gVisor) is not installed',
      fix: 'sudo scripts/setup-runner',
    });
  });
});
