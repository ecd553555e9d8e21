import { type Loose, literal, mapping } from './read-data.ts';

const MAX_STEPS = 10;

/** `self:custom.stage` below the document. */
const lookUp = (document: Loose, path: string): unknown => {
  let value: unknown = document;
  for (const key of path.split('.').filter((part) => part !== '')) value = mapping(value)[key];
  // What Serverless Framework fills in where the file has none.
  if (value === undefined) return { 'provider.stage': 'dev', 'provider.region': 'us-east-1' }[path];
  return value;
};

/**
 * What Serverless Framework makes of `${…}` where the file alone decides: `self:` and the default of an option that nobody
 * gives. Everything else (`ssm:`, `cf:`, `env:`, `file:`) stays as it is.
 */
export const resolveVariables = (document: Loose, value: unknown, steps = 0): unknown => {
  if (typeof value !== 'string' || steps > MAX_STEPS) return value;
  const whole = /^\$\{([^${}]+)\}$/.exec(value);
  const resolveOne = (inner: string): unknown => {
    for (const part of inner.split(',').map((one) => one.trim())) {
      if (/^opt:/.test(part)) continue;
      const quoted = /^(["'])(.*)\1$/.exec(part);
      if (quoted) return quoted[2];
      if (!part.startsWith('self:')) return undefined;
      const found = lookUp(document, part.slice('self:'.length));
      if (found !== undefined) return resolveVariables(document, found, steps + 1);
    }
    return inner.trim() === 'sls:stage' ? 'dev' : undefined;
  };
  if (whole) return resolveOne(whole[1] ?? '') ?? value;
  const replaced = value.replaceAll(/\$\{([^${}]+)\}/g, (text, inner: string) => literal(resolveOne(inner)) ?? text);
  return replaced === value ? value : resolveVariables(document, replaced, steps + 1);
};
