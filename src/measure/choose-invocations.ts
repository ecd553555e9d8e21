import type { VarianceComponents } from './variance-components.ts';

/**
 * Invocations of one instance that give the narrowest interval in a given time: m* = ceil(sqrt((c₂/c₁)·(T₁²/T₂²)))
 * (Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013). As many as are allowed where instances do not
 * differ visibly (T₂² ≤ 0).
 * @param costsMs c₁, one more message in every arm of a block; c₂, what a block costs without its messages
 */
export const chooseInvocations = (
  { within, between }: VarianceComponents,
  costsMs: { message: number; block: number },
  most: number,
): number => {
  if (between <= 0) return most;
  const optimum = Math.ceil(Math.sqrt((costsMs.block / costsMs.message) * (within / between)));
  return Math.max(1, Math.min(most, optimum));
};
