/** What is too slow for the time that it has: said at once with what to set, never green, and at nobody else's expense. */
import { afterEach, expect, it } from 'vitest';
import { createProject, type Project, runCli } from '../support/cli-run.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';

let project: Project;
afterEach(() => project.remove());

const FUNCTION = 'functions: { nothing: { directory: fn, command: [./agent, "null"] } }';

it(
  'an arm whose first instance takes longer than the whole target: it is stopped and not measured, the other passes',
  async () => {
    // Node alone takes an emulated processor several seconds, and a firmware comes before it.
    project = createProject(`name: slow-arm
functions: { cpu: { directory: cpu, handler: cpu.mjs#handler, events: cpu/events/*.json } }
isolations: { native: {}, bubblewrap: {}, qemu-q35: { accelerator: [tcg] } }
budgets: { bubblewrap: { cold_start: +60s }, qemu-q35: { cold_start: +60s } }
gate_emulated: true
measure: { time: 2s, max_time: 16s }
`);
    const { code, log } = await runCli(project.gate);
    expect({ code, log }).toMatchObject({ code: 3 });
    const { verdict, comparisons } = project.verdict();
    expect(verdict).toBe('not-measured');
    expect(comparisons.map(({ isolation, verdict: own }) => [isolation, own])).toEqual([
      ['bubblewrap', 'pass'],
      ['qemu-q35', 'not-measured'],
    ]);
    // On a fast machine the first instance may just end in time; then it is known how long a decision takes.
    expect(comparisons[1]?.reason).toMatch(
      /^(its first instance was stopped after [34] s, a quarter of what measure\.max_time left, because a decision takes four at the least|a decision would take about \d+ s, more than measure\.max_time allows); set measure: \{ max_time: \dm \}( or more)?$/,
    );
    expect(log).toMatch(
      /cpu · qemu-q35: not measured, because (its first instance was stopped after [34] s, and a decision would take more than|a decision would take about) \d+ s, and measure\.max_time allows 16 s; set measure: \{ max_time: \dm \}/,
    );
    expect(project.instances().filter(({ isolation }) => isolation === 'qemu-q35')).toEqual([]);
    expect(leftovers(project.header().runId)).toEqual([]);
  },
  HOST_WAIT_MS,
);

it('max_time below time is bad input, in one line', async () => {
  project = createProject(`name: short
${FUNCTION}
isolations: { native: {}, bubblewrap: {} }
budgets: { bubblewrap: { latency: +100% } }
measure: { time: 60s, max_time: 6s }
`);
  const { code, log } = await runCli(project.gate);
  expect({ code, log }).toMatchObject({ code: 4 });
  expect(log.trim()).toMatch(/isogate\.yml:5: measure\.max_time: 6s: not accepted; accepted: at least time, 60s$/);
});
