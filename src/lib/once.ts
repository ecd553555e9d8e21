/** Computes it when it is first asked for, and remembers it. */
export const once = <T>(compute: () => T): (() => T) => {
  let known: { value: T } | null = null;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
};
