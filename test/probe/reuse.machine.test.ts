/** Proofs are kept for the next probe, and only for as long as nothing that they depend on has changed. */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeHostLock } from '../../src/host/host-lock.ts';
import { probeHost } from '../../src/probe/probe-host.ts';
import { envIn } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-reuse-'));
const programs = join(directory, 'bin');
const path = process.env['PATH'];
beforeAll(() => {
  chmodSync(directory, 0o755);
  mkdirSync(programs);
});
afterAll(() => {
  process.env['PATH'] = path;
  rmSync(directory, { recursive: true });
});

async function probe(isolations: string, fresh = false) {
  const configPath = join(directory, 'isogate.yml');
  writeFileSync(configPath, `name: reuse\nfunctions: { none: { command: ["none"] } }\nisolations: { ${isolations} }\n`);
  const found = await probeHost({ configPath, fresh }, envIn(directory));
  return { of: Object.fromEntries(found.isolations.map((one) => [one.isolation, one])) };
}

it(
  'until something changes, or afresh is asked for',
  async () => {
    const first = await probe('native: {}, runc: {}');
    expect([first.of['native'], first.of['runc']]).toMatchObject([{ usable: true }, { usable: true }]);
    expect(first.of['runc']).not.toHaveProperty('provedAt');

    // It needs neither the host's lock nor a boot, so it can be asked while another run measures.
    const lock = await takeHostLock(() => {}, new AbortController().signal);
    const second = await probe('native: {}, runc: {}');
    await lock.release();
    expect(second.of['runc']).toEqual({ ...first.of['runc'], provedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) });

    // Another name is another entry; another limit is another proof.
    const renamed = await probe('native: {}, box: { type: runc }');
    expect(renamed.of['box']).not.toHaveProperty('provedAt');
    expect(renamed.of['native']).toHaveProperty('provedAt');

    // What is required is no matter of what works.
    expect((await probe('native: {}, runc: { required: true }')).of['runc']).toHaveProperty('provedAt');

    const fresh = await probe('native: {}, runc: {}', true);
    expect(fresh.of['runc']).not.toHaveProperty('provedAt');
    const after = await probe('native: {}, runc: {}');
    expect(after.of['runc']?.provedMs).toBe(fresh.of['runc']?.provedMs);

    // The program is another one from here on, though its version is the same.
    symlinkSync(existsSync('/usr/sbin/runc') ? '/usr/sbin/runc' : '/usr/bin/runc', join(programs, 'runc'));
    process.env['PATH'] = `${programs}:${path}`;
    expect((await probe('native: {}, runc: {}')).of['runc']).not.toHaveProperty('provedAt');
  },
  HOST_WAIT_MS,
);
