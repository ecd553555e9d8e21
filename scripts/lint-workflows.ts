import { readFileSync } from 'node:fs';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { parse } from 'yaml';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Job {
  steps?: Step[];
  uses?: string;
  permissions?: unknown;
  'timeout-minutes'?: number;
}
interface Workflow {
  on?: unknown;
  permissions?: unknown;
  concurrency?: unknown;
  jobs?: Record<string, Job>;
}

/** `owner/name@` and all digits of a commit; the checkout itself; the action of this repository, which its users pin. */
const PINNED = /^(\.\/?|[\w.-]+\/[\w./-]+@[0-9a-f]{40}|isogate\/isogate@v\d+)$/;
const OWN_ACTION = /^(\.\/?$|isogate\/isogate@)/;
const INPUTS = new Set(Object.keys((parse(readFileSync('action.yml', 'utf8')) as { inputs: object }).inputs));

/** A person's words in a shell: https://docs.github.com/en/actions/concepts/security/script-injections */
const INJECTED = /\$\{\{[^}]*\b(github\.(event|head_ref)|inputs)\b/;

/** Prints the problems of all files. The process fails if there are any. */
export async function lintWorkflows(...files: string[]): Promise<string> {
  const problems = (await Promise.all(files.map(workflowProblems))).flat();
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
  return `${files.length} workflows, ${problems.length} problems\n`;
}

/** What is wrong with one workflow, a line each: by GitHub's own parser and schema, and by the rules of this project. */
export async function workflowProblems(file: string): Promise<string[]> {
  const content = readFileSync(file, 'utf8');
  const { context, value } = parseWorkflow({ name: file, content }, new NoOperationTraceWriter());
  const errors = context.errors.getErrors().map(({ message }) => message);
  if (errors.length === 0 && value) {
    const { errors: more = [] } = await convertWorkflowTemplate(context, value);
    errors.push(...more.map(({ Message }) => Message));
  }
  return [...errors, ...ruleProblems(parse(content) as Workflow, content)].map((problem) => `${file}: ${problem}`);
}

function ruleProblems(workflow: Workflow, content: string): string[] {
  const problems: string[] = [];
  if (workflow.permissions === undefined) problems.push('no permissions: at the top; accepted: contents: read, or {}');
  if (workflow.concurrency === undefined) problems.push('no concurrency:');
  if (/pull_request_target/.test(JSON.stringify(workflow.on ?? null))) problems.push('pull_request_target');
  for (const [id, job] of Object.entries(workflow.jobs ?? {}))
    problems.push(...jobProblems(job).map((problem) => `job ${id}: ${problem}`));
  for (const [, action] of content.matchAll(/uses: ([\w.-]+\/\S+@[0-9a-f]{40})(?! # v\d)/g))
    problems.push(`${action}: no comment that names its version`);
  return problems;
}

function jobProblems({ steps = [], 'timeout-minutes': timeout }: Job): string[] {
  return [
    ...(timeout === undefined ? ['no timeout-minutes'] : []),
    ...steps.flatMap(({ uses, run, with: inputs }) => [
      ...(uses !== undefined && !PINNED.test(uses) ? [`${uses}: not pinned by its commit`] : []),
      ...(uses !== undefined && OWN_ACTION.test(uses)
        ? Object.keys(inputs ?? {}).flatMap((name) => (INPUTS.has(name) ? [] : [`${uses} has no input ${name}`]))
        : []),
      ...(uses?.startsWith('actions/checkout@') && inputs?.['persist-credentials'] !== false
        ? ['actions/checkout without persist-credentials: false']
        : []),
      ...(run !== undefined && INJECTED.test(run)
        ? ['an expression with a person’s words in run:; pass it by env:']
        : []),
    ]),
  ];
}
