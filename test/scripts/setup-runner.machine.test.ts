import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, type TestContext } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../scripts/setup-runner');
const run = (file: string, args: string[]) => execa(file, args, { reject: false, all: true });
/** With an empty /opt/isogate that only this command sees. */
const runOnEmptyPrefix = (script: string, ...options: string[]) =>
  run('unshare', [...options, '--mount', 'sh', '-c', `mount -t tmpfs none /opt/isogate && { ${script}; }`]);

async function needSetUp(context: TestContext) {
  const { exitCode } = await run(SCRIPT, ['--check']);
  if (process.getuid?.() !== 0) context.skip('needs root');
  if (exitCode !== 0) context.skip('scripts/setup-runner has not set this machine up');
}

/** Path, size and time of change of everything that a set-up may write. */
function snapshot(): string[] {
  const lines: string[] = [];
  for (const root of ['/opt/isogate', '/etc/apt', '/var/lib/apt/lists', '/var/lib/dpkg']) {
    for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
      const { size, mtimeMs, ctimeMs } = statSync(join(root, path));
      lines.push(`${root}/${path} ${size} ${mtimeMs} ${ctimeMs}`);
    }
  }
  return lines;
}

describe('setup-runner', () => {
  it('installs nothing and needs no network when everything is there', async (context) => {
    await needSetUp(context);
    const before = snapshot();
    const { exitCode, stdout } = await run('unshare', ['--net', SCRIPT]);
    expect(stdout).toContain('ready     nothing to install');
    expect(stdout).not.toMatch(/^(run|install|missing) /m);
    expect(exitCode).toBe(0);
    expect(snapshot()).toEqual(before);
  });

  it('says with --check what is there and that nothing is missing', async (context) => {
    await needSetUp(context);
    const { exitCode, stdout } = await run(SCRIPT, ['--check']);
    const release = readFileSync('/opt/isogate/kernel/release', 'utf8').trim();
    expect(stdout).toContain(`present   guest kernel ${release} (/opt/isogate/kernel)`);
    expect(stdout).toMatch(/^present {3}runc \(\/.*runc\)$/m);
    expect(exitCode).toBe(0);
  });

  it('says with --check what would be installed and from where, and installs nothing', async (context) => {
    await needSetUp(context);
    const { exitCode, stdout } = await runOnEmptyPrefix(`${SCRIPT} --check; code=$?; ls -A /opt/isogate; exit $code`);
    expect(stdout).toMatch(/^install {3}guest kernel, unpacked to \/opt\/isogate\/kernel \(package linux-image-/m);
    expect(stdout.split('\n').at(-1)).toBe('missing   run scripts/setup-runner as root to install the above');
    expect(exitCode).toBe(1);
  });

  it('fails without network, naming what could not be had and leaving nothing half done', async (context) => {
    await needSetUp(context);
    const { exitCode, stdout } = await runOnEmptyPrefix(`${SCRIPT}; code=$?; ls -A /opt/isogate; exit $code`, '--net');
    expect(stdout.split('\n').at(-1)).toBe('missing   something could not be installed: see above');
    expect(exitCode).toBe(1);
  });

  it('installs gVisor and the guest kernel where they are missing', async (context) => {
    await needSetUp(context);
    if (process.env['ISOGATE_FULL'] === undefined) context.skip('downloads 40 MB: npm run test:full only');
    const { exitCode, stdout } = await runOnEmptyPrefix(
      `${SCRIPT} && ls /opt/isogate/kernel/lib/modules/*/modules.dep && ls -A /opt/isogate`,
    );
    expect(stdout).toContain('ready     everything is there');
    expect(stdout).toMatch(/modules\.dep\n(bin\n)?kernel$/);
    expect(exitCode).toBe(0);
  });
});
