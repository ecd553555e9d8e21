import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProject, type Project, runCli } from '../support/cli-run.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';

const config = (runc: string, budgets: string): string => `name: partly
functions: { nothing: { directory: fn, command: [./agent, "null"] } }
isolations: { native: {}, runc: ${runc}, gvisor: {} }
budgets: { ${budgets} }
measure: { time: 60s, min_blocks: 5, max_blocks: 12, invocations: 5, warmup: 1 }
`;
const GVISOR = 'gvisor: { cold_start: +60s }';
const BOTH = `${GVISOR}, runc: { cold_start: +60s }`;

let project: Project;
/** Every program of this machine but runc. */
let programs: string;
beforeAll(() => {
  project = createProject(config('{}', GVISOR));
  programs = mkdtempSync(join(tmpdir(), 'isogate-path-'));
  for (const directory of (process.env['PATH'] ?? '').split(':').reverse()) {
    for (const name of list(directory)) {
      if (name === 'runc') continue;
      rmSync(join(programs, name), { force: true });
      symlinkSync(join(directory, name), join(programs, name));
    }
  }
});
afterAll(() => {
  rmSync(programs, { recursive: true });
  project.remove();
});

const list = (directory: string): string[] => {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
};

const REASON = 'runc is not installed';
const FIX = 'sudo apt-get install -y runc';

const gate = async (text: string) => {
  project.configure(text);
  const result = await runCli(project.gate, { env: { PATH: programs } });
  const verdict = project.verdict();
  const report = readFileSync(join(project.out, 'report.md'), 'utf8');
  const measured = new Set(project.instances().map(({ isolation, status }) => `${isolation} ${status}`));
  expect(leftovers(project.header().runId)).toEqual([]);
  return { ...result, verdict, report, measured };
};
const summary = ({ verdict }: Awaited<ReturnType<typeof gate>>) =>
  verdict.comparisons.map((one) => [one.isolation, one.gated, one.verdict]);

it.each([
  [
    'by its budget',
    '{}',
    BOTH,
    [
      ['runc', true, 'not-measured'],
      ['gvisor', true, 'pass'],
    ],
    ' (1 of 2 limits)',
  ],
  ['without a limit', '{ required: true }', GVISOR, [['gvisor', true, 'pass']], ''],
])(
  'an isolation that is required %s and cannot run here: exit 3 with reason and fix, after all else was measured',
  async (_, runc, budgets, comparisons, unmeasured) => {
    const result = await gate(config(runc, budgets));
    expect({ code: result.code, log: result.log }).toMatchObject({ code: 3 });
    expect(result.log).toContain(`probe · runc: does not work here: ${REASON}`);
    expect(summary(result).sort()).toEqual([...comparisons].sort());
    expect([...result.measured].sort()).toEqual(['gvisor ok', 'native ok']);
    expect(result.verdict.verdict).toBe('not-measured');
    expect(result.verdict.warnings).toContainEqual({
      code: 'isolation-unusable',
      message: `runc cannot run here: ${REASON}; fix: ${FIX}; so the run is not measured`,
    });
    const [title, , lead] = result.report.split('\n');
    expect(title).toBe(`### 🚫 Isogate partly: not measured${unmeasured}, which fails the run`);
    expect(lead).toContain('`runc`');
    expect(lead).toContain(REASON);
    expect(result.report).toContain(`- To make \`runc\` work on this runner: \`${FIX}\``);
    expect(result.report.includes('`isolations.runc.required: false`')).toBe(unmeasured !== '');
    expect(result.out).toContain(REASON);
  },
  HOST_WAIT_MS,
);

it(
  'one with required: false: reported and counted, and the rest decides',
  async () => {
    const result = await gate(config('{ required: false }', BOTH));
    expect({ code: result.code, log: result.log }).toMatchObject({ code: 0 });
    expect(result.verdict.comparisons.find(({ isolation }) => isolation === 'runc')).toMatchObject({
      ...{ gated: false, cause: 'not-required', verdict: 'not-measured' },
    });
    expect(result.report).toContain('### ✅ Isogate partly: pass; 1 of 2 limits not measured');
    expect(result.report).toContain('1 budget was not measured: the isolation cannot run here, and is not required.');
    expect(result.report).toContain(REASON);
    expect(result.verdict.warnings.map(({ message }) => message)).toContain(
      `runc cannot run here: ${REASON}; fix: ${FIX}; it is not required, so it is not gated`,
    );
  },
  HOST_WAIT_MS,
);
