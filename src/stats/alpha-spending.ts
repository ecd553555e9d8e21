/**
 * Alpha spent by information time `t` (blocks ÷ max_blocks), Pocock-type spending function of Lan and DeMets (1983):
 * α·ln(1 + (e − 1)·t). It spends early, so that large excesses are found in few blocks; at t = 1 all of α is spent.
 */
export const alphaSpent = (alpha: number, t: number): number =>
  alpha * Math.log(1 + (Math.E - 1) * Math.min(Math.max(t, 0), 1));
