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
