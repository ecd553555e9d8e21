/**
 * Remembers what was computed for the latest few keys, and computes it anew for all others. It keeps them in an array: the tables that a
 * map has outgrown refer to those after them, and with one that has grown old all garbage since would stay in memory.
 */
export const recent = <K, T>(capacity: number, compute: (key: K) => T): ((key: K) => T) => {
  const known: { key: K; value: T }[] = [];
  let next = 0;
  return (key) => {
    for (const one of known) if (one.key === key) return one.value;
    const value = compute(key);
    known[next] = { key, value };
    next = (next + 1) % capacity;
    return value;
  };
};
