import { readFileSync } from 'node:fs';
import { markdownTable } from 'markdown-table';
import { parse } from 'yaml';

interface ActionYml {
  inputs: Record<string, { description: string; default: string }>;
  outputs: Record<string, { description: string }>;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\.$/, '');

const defaultOf = (value: string): string => {
  if (value === '') return 'none';
  return value.startsWith('${{') ? 'the workflow’s' : `\`${value}\``;
};

/** The text of the page, with the tables of inputs and outputs as action.yml describes them between the comments for them. */
export function withActionTables(pageFile: string): string {
  const { inputs, outputs } = parse(readFileSync('action.yml', 'utf8')) as ActionYml;
  const inputRows = Object.entries(inputs).map(([name, { description, default: value }]) => [
    ...[`\`${name}\``, defaultOf(value), cell(description)],
  ]);
  const outputRows = Object.entries(outputs).map(([name, { description }]) => [`\`${name}\``, cell(description)]);
  const tables = {
    inputs: markdownTable([['input', 'default', 'meaning'], ...inputRows], { padding: true, alignDelimiters: true }),
    outputs: markdownTable([['output', 'meaning'], ...outputRows]),
  };
  return Object.entries(tables).reduce(
    (text, [name, table]) => {
      const marked = new RegExp(`(<!-- ${name}: [^>]*-->)[\\s\\S]*?(<!-- /${name} -->)`);
      if (!marked.test(text))
        throw new Error(`${pageFile}: no place for ${name}; accepted: <!-- ${name}: … --> <!-- /${name} -->`);
      return text.replace(marked, (_all, open, close) => `${open}\n\n${table}\n\n${close}`);
    },
    readFileSync(pageFile, 'utf8'),
  );
}
