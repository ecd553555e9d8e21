import { stringify } from 'yaml';
import { oneLine } from '../../lib/text.ts';
import type { FoundFunction } from './found-function.ts';

const inFlow = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trimEnd();

const callOf = ({ call }: FoundFunction): Record<string, unknown> => {
  if (!('http' in call)) return { ...call };
  const { command, ...rest } = call.http;
  return { http: { ...(command === null ? {} : { command }), ...rest } };
};

/** The keys of one function that differ from the defaults. */
export const functionDocument = (found: FoundFunction): Record<string, unknown> => ({
  ...callOf(found),
  ...(found.directory === '.' ? {} : { directory: found.directory }),
  ...(found.dockerfile === null ? {} : { image: { dockerfile: found.dockerfile } }),
  ...(found.build === null || found.build.argv.length === 0 ? {} : { build: found.build.argv }),
  ...(found.build?.network ? { build_network: true } : {}),
  ...(Object.keys(found.env).length === 0 ? {} : { env: found.env }),
  ...(found.varies ? { deterministic: false } : {}),
  ...(found.events.length === 0 ? {} : { events: found.events.length === 1 ? found.events[0] : found.events }),
});

const functionLines = (found: FoundFunction): string[] => [
  `  ${inFlow(found.name)}: # ${oneLine(found.place)}`,
  ...Object.entries(functionDocument(found)).map(([key, value]) => `    ${key}: ${inFlow(value)}`),
  ...found.notes.map((note) => `    # not understood: ${oneLine(note)}`),
  ...(found.events.length === 0 && takesEvents(found)
    ? ['    # events: events/*.json   # JSON files that the function is called with; without: one event, {}']
    : []),
];

const takesEvents = ({ call }: FoundFunction): boolean => !('http' in call && call.http.method === 'GET');

const EMPTY = [
  '  my-function:',
  '    handler: src/handler.mjs#handler   # change me: FILE.mjs#EXPORT, FILE.py:NAME, http: or command: ["./fn"]',
  '    # events: events/*.json     # JSON files that the function is called with; without: one event, {}',
];

const DEFAULT_MEMORY_MIB = 256;
const DEFAULT_TIMEOUT_S = 30;

/** The largest of the functions' sizes and times, where it is over Isogate's defaults: they are the same for all. */
const settingLines = (functions: FoundFunction[]): string[] => {
  const memory = Math.max(0, ...functions.map(({ memoryMiB }) => memoryMiB ?? 0));
  const timeout = Math.max(0, ...functions.map(({ timeoutS }) => timeoutS ?? 0));
  return [
    ...(memory > DEFAULT_MEMORY_MIB ? ['', `resources: { memory: ${memory}MiB }`] : []),
    ...(timeout > DEFAULT_TIMEOUT_S ? ['', `measure: { timeout: ${timeout}s }`] : []),
  ];
};

/** Text of a first isogate.yml. */
export const renderConfig = (
  functions: FoundFunction[],
): string => `# What isolation may cost. Every key: docs/reference/configuration.md of Isogate.
functions:
${(functions.length === 0 ? EMPTY : functions.flatMap(functionLines)).join('\n')}

isolations:
  native: {}                    # the control: what the others are compared with
  runc: {}
  gvisor: {}
  qemu-microvm: {}

budgets:                        # the largest overhead over native that passes
  runc: { latency: +10%, cold_start: +250ms }
${settingLines(functions)
  .map((line) => `${line}\n`)
  .join('')}`;
