/** One gate over every isolation that works here, by the built command line; Docker by a daemon of the test's own. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProject, type Project, runCli } from '../support/cli-run.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { noDaemon, openDaemon, type PrivateDaemon } from '../support/private-daemon.ts';

const EVERY = ['native', 'bubblewrap', 'runc', 'docker', 'podman', 'gvisor', 'qemu-microvm', 'qemu-q35'];
const CONFIG = `name: every
functions: { nothing: { directory: fn, command: [./agent, "null"] } }
isolations:
  native: {}
  bubblewrap: {}
  runc: {}
  docker: {}
  podman: {}
  gvisor: {}
  qemu-microvm: { accelerator: [tcg] }
  qemu-q35: { accelerator: [tcg] }
budgets:
  docker: { cold_start: +60s }
measure: { time: 240s, min_blocks: 3, max_blocks: 20, invocations: 5, warmup: 1 }
`;

describe('a gate over all isolations', () => {
  const problem = noDaemon();
  let daemon: PrivateDaemon | null = null;
  let project: Project;
  beforeAll(async () => {
    project = createProject(CONFIG);
    if (problem === null) daemon = await openDaemon();
  });
  afterAll(async () => {
    await daemon?.close();
    project.remove();
  });

  it(
    'measures each, proves each in every block, decides, and leaves nothing',
    async (context) => {
      if (daemon === null) return context.skip(problem ?? '');
      const { code, log, out } = await runCli(project.gate, { env: { DOCKER_HOST: daemon.host } });
      expect({ code, log }).toMatchObject({ code: 0 });
      const header = project.header();
      expect(header.probe?.map(({ isolation, usable, reason }) => ({ isolation, usable, reason }))).toEqual(
        EVERY.map((isolation) => ({ isolation, usable: true, reason: null })),
      );
      const failed = project.instances().filter(({ status }) => status !== 'ok');
      expect(failed).toEqual([]);
      const proven = new Map<string, number>();
      for (const { isolation, evidence } of project.instances()) {
        expect(evidence?.contradictions).toEqual([]);
        proven.set(isolation, (proven.get(isolation) ?? 0) + 1);
      }
      expect([...proven.keys()].sort()).toEqual([...EVERY].sort());
      expect(project.verdict().verdict).toBe('pass');
      for (const isolation of EVERY) expect(out).toContain(isolation);
      expect(leftovers(header.runId)).toEqual([]);
      for (const kind of ['container', 'image']) expect(daemon.docker(kind, 'ls', '--all', '--quiet')).toBe('');
    },
    2 * HOST_WAIT_MS,
  );
});
