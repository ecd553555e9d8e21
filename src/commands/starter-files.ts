import type { DetectedFunction } from './detect-function.ts';

const functionLines = (found: DetectedFunction | null): string[] => {
  if (!found)
    return [
      '  my-function:',
      '    handler: src/handler.mjs#handler   # change me: FILE.mjs#EXPORT, FILE.py:NAME, or command: ["./fn"]',
    ];
  const lines = [`  ${found.name}:`, `    handler: ${found.handler}`];
  if (!found.build) return lines;
  return [
    ...lines,
    `    build: [${found.build.join(', ')}]`,
    '    build_network: true         # the build downloads its dependencies',
  ];
};

/** Text of a first isogate.yml. */
export const starterConfig = (found: DetectedFunction | null): string =>
  `# What isolation may cost. Every key: docs/reference/configuration.md of Isogate.
functions:
${functionLines(found).join('\n')}
    # events: events/*.json     # JSON files that the function is called with; without: one event, {}

isolations:
  native: {}                    # the control: what the others are compared with
  runc: {}
  gvisor: {}
  qemu-microvm: {}

budgets:                        # the largest overhead over native that passes
  runc: { latency: +10%, cold_start: +250ms }
`;

const CHECKOUT = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1';
const UPLOAD = 'actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0';
const NUMBER = '$' + '{{ github.event.pull_request.number || github.run_id }}';
const IS_PULL = '$' + "{{ github.event_name == 'pull_request' }}";

/** Text of a first workflow file; examples/workflows/ has those with baselines, and for forks. */
export const starterWorkflow = (configPath: string): string =>
  `name: isogate
on:
  pull_request:
  merge_group:
permissions: {}
concurrency:
  group: isogate-${NUMBER}
  cancel-in-progress: ${IS_PULL}
jobs:
  gate:
    runs-on: [self-hosted, kvm]
    timeout-minutes: 60
    permissions:
      contents: read
      pull-requests: write        # the comment
      checks: write               # the check to require: isogate / NAME
      actions: read               # a re-run carries on
    steps:
      - uses: ${CHECKOUT}
        with: { fetch-depth: 2, persist-credentials: false }   # 2: the base revision's isogate.yml decides
      - uses: isogate/isogate@v1
        with: { config: ${JSON.stringify(configPath)} }
      - if: always()
        uses: ${UPLOAD}
        with: { name: isogate, path: isogate-out }
`;
