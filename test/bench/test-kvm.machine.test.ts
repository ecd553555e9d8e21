import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { installStandIn, type StandIn } from '../support/vmm-stand-in/install.ts';

const ROOT = join(import.meta.dirname, '../..');
const RECORD = join(ROOT, 'src/isolation/vm/kvm-record.json');
const DOCUMENT = join(ROOT, 'docs/project/test-kvm.md');

describe('the command', () => {
  let standIn: StandIn | string | null = null;
  afterEach(() => {
    if (standIn !== null && typeof standIn !== 'string') standIn.remove();
    standIn = null;
  });
  const testKvm = (...args: string[]) =>
    execa(process.execPath, [join(ROOT, 'bench/run.mjs'), 'test-kvm', ...args], { reject: false, stdin: 'ignore' });

  it(
    'says that KVM opens and boots no guest, records nothing, and does not end well',
    async (context) => {
      const before = [readFileSync(RECORD, 'utf8'), readFileSync(DOCUMENT, 'utf8')];
      const { stdout, exitCode } = await testKvm('--part', 'qemu-microvm');
      if (/^can run/m.test(stdout)) return context.skip('KVM boots guests here');
      expect(exitCode).toBe(3);
      const reason = existsSync('/dev/kvm') ? '/dev/kvm opens, but no guest boots under it: ' : 'there is no /dev/kvm';
      expect(stdout).toContain(`cannot run  qemu-microvm: ${reason}`);
      expect(stdout.split('\n').at(-1)).toBe('tests: 0 passed, 0 failed, 1 skipped');
      expect([readFileSync(RECORD, 'utf8'), readFileSync(DOCUMENT, 'utf8')]).toEqual(before);
    },
    HOST_WAIT_MS,
  );

  it('takes no stand-in for a VMM', async (context) => {
    standIn = await installStandIn('cloud-hypervisor');
    if (typeof standIn === 'string') return context.skip(standIn);
    const { stdout, exitCode } = await testKvm('--part', 'cloud-hypervisor');
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^cannot run {2}cloud-hypervisor: .* is what the tests use in place of a VMM$/m);
  });

  it(
    'exercises its measuring on emulated guests, and records nothing of it',
    async (context) => {
      standIn = await installStandIn('cloud-hypervisor');
      if (typeof standIn === 'string') return context.skip(standIn);
      const before = readFileSync(RECORD, 'utf8');
      const args = ['--exercise', '--boots', '2', '--part', 'cloud-hypervisor', '--part', 'qemu-microvm'];
      const { stdout, stderr, exitCode } = await testKvm(...args);
      expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
      const [cloud, qemu] = ['cloud-hypervisor', 'qemu-microvm'].map((name) => rowOf(stdout, name));
      expect(cloud).toEqual(['cloud-hypervisor', '2', TIMES, '–', TIME, TIMES, TIME, expect.anything()]);
      // Emulated or not, QEMU keeps its guest's memory in one mapping.
      expect(qemu).toEqual(['qemu-microvm', '2', TIMES, '–', TIME, '–', '–', expect.stringMatching(/^\d+\.\d\d$/)]);
      expect(stdout.split('\n').at(-1)).toBe('tests: 2 passed, 0 failed, 0 skipped');
      expect(readFileSync(RECORD, 'utf8')).toBe(before);
    },
    HOST_WAIT_MS,
  );
});

const TIME = expect.stringMatching(/^\d+(\.\d+)?$/);
const TIMES = expect.stringMatching(/^\d+(\.\d+)? \/ \d+(\.\d+)?$/);

const rowOf = (table: string, name: string): string[] =>
  (table.split('\n').find((line) => line.startsWith(`| ${name} `)) ?? '')
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
