/** Whole gates over the VMMs that cannot be had everywhere: by the real ones where they work, else by their stand-ins. */

import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { gateHere } from '../../src/gate/here.ts';
import { createProject, type Project } from '../support/cli-run.ts';
import { envIn } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { openNullBench } from '../support/null-bench.ts';
import { type ProvidedVmm, provideVmm } from '../support/provide-vmm.ts';

const CONFIG = `name: vmms
functions: { nothing: { directory: fn, command: [./agent, "null"] } }
isolations:
  native: {}
  firecracker: { required: true }
  cloud-hypervisor: { required: true }
budgets:
  firecracker: { cold_start: +60s }
  cloud-hypervisor: { cold_start: +60s }
measure: { time: 600s, min_blocks: 5, max_blocks: 12, invocations: 5, warmup: 1 }
`;

const provided: (ProvidedVmm | string)[] = [];
let project: Project;
beforeAll(async () => {
  const bench = await openNullBench(true);
  try {
    for (const type of ['firecracker', 'cloud-hypervisor'] as const) provided.push(await provideVmm(type, bench));
  } finally {
    await bench.end();
  }
  project = createProject(CONFIG);
}, HOST_WAIT_MS);
afterAll(() => {
  for (const vmm of provided.toReversed()) if (typeof vmm !== 'string') vmm.remove();
  project?.remove();
});

const needVmms = (context: TestContext): void => {
  const reason = provided.find((vmm) => typeof vmm === 'string');
  if (typeof reason === 'string') context.skip(reason);
};

it(
  'microVMs prove what they are in every block, are decided on, and leave nothing',
  async (context) => {
    needVmms(context);
    const { verdict, samples } = await gateHere(
      {
        configPath: join(project.directory, 'isogate.yml'),
        outDir: project.out,
        baseline: null,
        base: null,
        continueFrom: null,
        seed: 7,
        functions: null,
        timeMs: null,
        timeBudgetMs: null,
      },
      envIn(project.directory),
    );
    expect(samples.header.probe).toMatchObject([
      { isolation: 'native', usable: true },
      { isolation: 'firecracker', usable: true, accelerator: 'kvm', emulated: false },
      { isolation: 'cloud-hypervisor', usable: true, accelerator: 'kvm', emulated: false },
    ]);
    const wrong = samples.instances
      .filter(({ status }) => status !== 'ok')
      .map(({ isolation, error }) => [isolation, error]);
    expect(wrong).toEqual([]);
    for (const isolation of ['firecracker', 'cloud-hypervisor']) {
      const own = samples.instances.filter((one) => one.isolation === isolation);
      expect(own.length).toBeGreaterThanOrEqual(5);
      expect(
        own.every(({ evidence }) => evidence?.host['kvm_vm'] === 'true' && evidence.contradictions.length === 0),
      ).toBe(true);
    }
    expect(verdict.verdict).toBe('pass');
    expect(leftovers(samples.header.runId)).toEqual([]);
  },
  2 * HOST_WAIT_MS,
);
