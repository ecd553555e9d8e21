/**
 * An upper bound of P(T > t), T = √n·mean ÷ s of `n` independent values that are each symmetric and unimodal about a centre of at
 * most 0, of any shape and with a scale of their own in each (docs/adr/0023-early-looks.md has the proof):
 *
 *   B(t) = 2⁻ⁿ · (1/n) · volume of { z in Rⁿ⁻¹ : T(e^z₁, …, e^zₙ₋₁, 1) > t },  t > n − 1
 *
 * On the sphere around the diagonal this is a power series with positive terms, in τ² = n(n − 1) ÷ t²:
 *
 *   B(t) = 2⁻ⁿ · √n ÷ n · |Sⁿ⁻²| · Σ aₘ·τ^(n−1+2m) ÷ (n − 1 + 2m),  aₘ = E[Qᵐ] ÷ (4ᵐ·m!·((n−1)/2)·((n+1)/2)⋯((n−3)/2+m))
 *
 * where Q is the sum of squared deviations of n exponential variables from their mean. As t grows, it becomes Student's p times
 * 2(πn)^(n/2) ÷ (n·2ⁿ·Γ(n/2)); at the levels that are used here it is up to three times as much as that.
 */

const TERMS = 50;
/** Digits with which the exact coefficients become floating-point numbers. */
const SCALE = 10n ** 24n;

const factorials = (count: number): bigint[] => {
  const all = [1n];
  for (let i = 1; i <= count; i += 1) all.push((all[i - 1] as bigint) * BigInt(i));
  return all;
};

/** Coefficients of the product of two power series. */
const multiply = (a: bigint[], b: bigint[]): bigint[] =>
  a.map((_, k) => {
    let sum = 0n;
    for (let i = 0; i <= k; i += 1) sum += (a[i] as bigint) * (b[k - i] as bigint);
    return sum;
  });

/** a₀, a₁, … Exact until the last step, because the sum that gives E[Qᵐ] has alternating signs. */
const computeCoefficients = (n: number): number[] => {
  const factorial = factorials(n + 2 * TERMS);
  const f = (i: number): bigint => factorial[i] as bigint;
  const one = Array.from({ length: TERMS }, (_, j) => f(2 * j) / f(j));
  let series = one;
  for (let i = 1; i < n; i += 1) series = multiply(series, one);
  const size = BigInt(n);
  return Array.from({ length: TERMS }, (_, m) => {
    // E[Qᵐ] = E[S²ᵐ]·E[(Σd² − 1/n)ᵐ], because the sum S of exponential variables is independent of their shares d.
    let numerator = 0n;
    for (let j = 0; j <= m; j += 1) {
      const k = m - j;
      const choose = f(m) / f(j) / f(k);
      const sign = j % 2 === 0 ? 1n : -1n;
      // Over the common denominator nᵐ; S²ᵐ has the moment (n−1+2m)! ÷ (n−1)!, and the squares of shares k!·seriesₖ·(n−1)! ÷ (n−1+2k)!.
      const shares = choose * f(k) * (series[k] as bigint) * f(n - 1 + 2 * m);
      numerator += (sign * shares * size ** BigInt(k) * SCALE) / f(n - 1 + 2 * k);
    }
    let denominator = size ** BigInt(m) * f(m) * 2n ** BigInt(m);
    // 4ᵐ·((n−1)/2)⋯ = 2ᵐ·(n−1)(n+1)⋯(n−3+2m)
    for (let i = 0; i < m; i += 1) denominator *= BigInt(n - 1 + 2 * i);
    return Number(numerator / denominator) / Number(SCALE);
  });
};

const known = new Map<number, number[]>();

const coefficientsOf = (n: number): number[] => {
  const coefficients = known.get(n) ?? computeCoefficients(n);
  known.set(n, coefficients);
  return coefficients;
};

/** Γ(k/2) for whole k ≥ 1. */
const gammaOfHalf = (k: number): number => {
  if (k === 1) return Math.sqrt(Math.PI);
  return k === 2 ? 1 : ((k - 2) / 2) * gammaOfHalf(k - 2);
};

/** The bound; 1 for t ≤ n − 1, where it does not hold. `n` from 3 on. */
export const unimodalP = (n: number, t: number): number => {
  if (n < 3 || !(t > n - 1)) return 1;
  if (t === Number.POSITIVE_INFINITY) return 0;
  const square = (n * (n - 1)) / t ** 2;
  const sphere = (2 * Math.PI ** ((n - 1) / 2)) / gammaOfHalf(n - 1);
  let power = Math.sqrt(square) ** (n - 1);
  let sum = 0;
  let term = 0;
  for (const [m, coefficient] of coefficientsOf(n).entries()) {
    term = (coefficient * power) / (n - 1 + 2 * m);
    sum += term;
    power *= square;
  }
  // From term to term the quotient is below (n − 1)² ÷ t², so that the rest is at most this geometric series.
  const quotient = ((n - 1) / t) ** 2;
  const rest = (term * quotient) / (1 - quotient);
  return Math.min(1, (2 ** -n / Math.sqrt(n)) * sphere * (sum + rest));
};

const LARGEST_T = 1e6;

/** The smallest t, to a millionth of it, at which the bound is at most `level`; infinite where none up to a million is. */
export const unimodalCritical = (n: number, level: number): number => {
  if (unimodalP(n, LARGEST_T) > level) return Number.POSITIVE_INFINITY;
  let low = n - 1;
  let high = LARGEST_T;
  while (high / low > 1 + 1e-6) {
    const middle = Math.sqrt(low * high);
    if (unimodalP(n, middle) > level) low = middle;
    else high = middle;
  }
  return high;
};
