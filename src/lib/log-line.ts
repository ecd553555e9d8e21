import { escapeInvisible } from './text.ts';

/**
 * A line for the job's log that the runner cannot take for a workflow command (`::set-output …`, `##[…]`), nor a terminal
 * for one, whatever a function printed:
 * https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
export const logLine = (line: string): string =>
  escapeInvisible(line.replace(/[\r\n\u0085\u2028\u2029]+/g, ' '))
    .replace(/##(?=\[)/g, '## ')
    .replace(/^(\s*):(?=:)/, '$1: ');
