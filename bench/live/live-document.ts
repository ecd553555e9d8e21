import type { LiveCase, LiveFunction } from './cases.ts';

export const CONTROL = 'control';

/** The isogate.yml of a case, which lies next to `function/` and `events/`. */
export const liveDocument = (one: LiveCase, time: string): Record<string, unknown> => {
  const functionOf = (name: LiveFunction) => ({
    ...(name === 'threads'
      ? { directory: 'threads', handler: 'index.mjs#handler' }
      : { directory: 'function', handler: `functions.mjs#${name}` }),
    events: `events/${name}.json`,
    // An arm that is given more work comes to another result.
    deterministic: false,
  });
  const typeOf = (name: string) => one.types?.[name] ?? one.type;
  return {
    name: one.name,
    functions: Object.fromEntries(one.functions.map((name) => [name, functionOf(name)])),
    control: CONTROL,
    isolations: Object.fromEntries(
      [CONTROL, ...one.arms].map((name) => [name, { type: typeOf(name), required: true }]),
    ),
    budgets: Object.fromEntries(one.arms.map((name) => [name, one.limits])),
    measure: { ...one.measure, time },
  };
};
