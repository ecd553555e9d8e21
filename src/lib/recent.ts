/** Remembers what was computed for the latest keys, and computes it anew for all others. */
export const recent = <K, T>(capacity: number, compute: (key: K) => T): ((key: K) => T) => {
  const known = new Map<K, T>();
  return (key) => {
    if (known.has(key)) return known.get(key) as T;
    const value = compute(key);
    if (known.size >= capacity) for (const oldest of [...known.keys()].slice(0, 1)) known.delete(oldest);
    known.set(key, value);
    return value;
  };
};
