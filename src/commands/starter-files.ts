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
  `# What isolation may cost. Every key: docs/configuration.md of Isogate.
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

/** Text of a first workflow file. */
export const starterWorkflow = (configPath: string): string =>
  `name: isolation overhead
on: pull_request
permissions:
  contents: read
  pull-requests: write          # the comment
jobs:
  isogate:
    runs-on: [self-hosted, kvm]
    steps:
      - uses: actions/checkout@v7
        with: { fetch-depth: 2, persist-credentials: false }   # 2: the base revision's isogate.yml decides
      - uses: isogate/isogate@v1
        with: { config: ${configPath} }
`;
