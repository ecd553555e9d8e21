import { resolveEnv } from '../../config/env.ts';
import { literal, mapping, showValue } from './read-data.ts';

/** What a platform fills in: `${…}`, and CloudFormation's `{{resolve:…}}` or templates of the like. */
const OPEN = /\$\{|\{\{/;

/** Whether a configuration could not have it, such as PATH, which Isogate sets itself. */
const isRefused = (name: string, value: string): boolean => {
  let refused = false;
  resolveEnv({ [name]: value }, () => {
    refused = true;
  });
  return refused;
};

export interface FoundEnvironment {
  env: Record<string, string>;
  notes: string[];
}

/** The literal variables without PORT, which is a key of `http`, and one line for each value that only the platform knows. */
export const readEnvironment = (
  given: unknown,
  resolve: (value: unknown) => unknown = (value) => value,
): FoundEnvironment => {
  const env: Record<string, string> = {};
  const notes: string[] = [];
  const entries = Object.entries(mapping(given));
  if (given !== undefined && given !== null && mapping(given) !== given)
    notes.push(`environment: ${showValue(given)} is not known here`);
  for (const [name, written] of entries) {
    const value = literal(resolve(written));
    if (name === 'PORT') continue;
    if (value === null || OPEN.test(value)) notes.push(`environment ${name}: ${showValue(written)} is not known here`);
    else if (isRefused(name, value)) notes.push(`environment ${showValue(name)}: not a variable that Isogate sets`);
    else env[name] = value;
  }
  return { env, notes: [...new Set(notes)] };
};
