/** The little that is used of a package without types of its own. */
declare module 'jstat' {
  export const jStat: {
    studentt: { inv(p: number, freedom: number): number; cdf(t: number, freedom: number): number };
    normal: {
      inv(p: number, mean: number, deviation: number): number;
      cdf(x: number, mean: number, deviation: number): number;
    };
  };
}
