import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gvisorIsolation, runscIsolation } from '../../../src/isolation/oci/gvisor.ts';
import type { IsolationConfig } from '../../../src/model/config.ts';
import { HOST_WAIT_MS } from '../../support/host-wait.ts';
import { leftovers } from '../../support/leftovers.ts';
import { isolationConfig, type NullBench, openNullBench, RESOURCES } from '../../support/null-bench.ts';

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

  it('as Debian 12 has it: the set-up brings another', async () => {
    const old = release('old', 'ptrace (default), kvm. (default \\"ptrace\\")');
    expect(await runscIsolation(config('systrap'), old).probe()).toEqual({
      version: 'runsc version 0.0~20221219.0',
      reason: 'this runsc has no systrap platform; it has: ptrace, kvm',
      fix: 'sudo scripts/setup-runner',
    });
    expect(await runscIsolation(config('ptrace'), old).probe()).toMatchObject({ reason: null });
  });
});

describe('its platforms', () => {
  let bench: NullBench;
  beforeAll(async () => {
    bench = await openNullBench(false);
  }, HOST_WAIT_MS);
  afterAll(async () => {
    await bench.end();
    expect(leftovers(bench.claim.runId)).toEqual([]);
  });

  it.each(['systrap', 'ptrace'] as const)('%s answers and is what it says', async (platform) => {
    const instance = await gvisorIsolation(config(platform)).start(
      bench.image,
      RESOURCES,
      bench.claim.nextContext(20_000),
    );
    try {
      expect(await instance.invoke(null, 1, 10_000)).toMatchObject({ ok: true });
      const { host, contradictions } = await instance.evidence();
      expect(contradictions).toEqual([]);
      expect(host['argv']).toContain(` --platform=${platform} `);
    } finally {
      await instance.stop();
    }
  });

  // Where virtualisation works, so does this; where it does not, runsc hangs for good (docs/reference/isolations.md).
  it('kvm answers, or is given up in time with a reason that helps, and leaves nothing', async ({ skip }) => {
    skip(!existsSync('/dev/kvm'), 'there is no /dev/kvm');
    const limitMs = 3_000;
    const start = gvisorIsolation(config('kvm')).start(bench.image, RESOURCES, bench.claim.nextContext(limitMs));
    const problem = await start.then(
      async (instance) => {
        const { contradictions } = await instance.evidence();
        await instance.stop();
        return contradictions[0] ?? null;
      },
      (error: Error) => error.message,
    );
    if (problem !== null) expect(problem).toMatch(/^not ready within 3000 ms; .* use platform: systrap there$/);
    expect(readdirSync(bench.claim.directory)).toEqual(['owner.json']);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(bench.claim.runId);
  });
});
