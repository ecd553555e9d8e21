import { literal, mapping, showValue } from './read-data.ts';

/** Names that the platform or Isogate sets itself. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What a platform fills in: `${…}`, and CloudFormation's `{{resolve:…}}` or templates of the like. */
const OPEN = /\$\{|\{\{/;

/** The literal variables, and one line for each value that only the platform knows. */
export const readEnvironment = (
  given: unknown,
  resolve: (value: unknown) => unknown = (value) => value,
): { env: Record<string, string>; notes: string[] } => {
  const env: Record<string, string> = {};
  const notes: string[] = [];
  const entries = Object.entries(mapping(given));
  if (given !== undefined && given !== null && mapping(given) !== given)
    notes.push(`environment: ${showValue(given)} is not known here`);
  for (const [name, written] of entries) {
    const value = literal(resolve(written));
    if (!NAME.test(name)) notes.push(`environment ${showValue(name)}: not a name of a variable`);
    else if (value === null || OPEN.test(value))
      notes.push(`environment ${name}: ${showValue(written)} is not known here`);
    else env[name] = value;
  }
  return { env, notes };
};
