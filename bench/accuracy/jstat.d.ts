/** The little that is used of a package without types of its own. */
declare module 'jstat' {
  export const jStat: {
    studentt: { inv(p: number, freedom: number): number; cdf(t: number, freedom: number): number };
    normal: {
      cdf(x: number, mean: number, deviation: number): number;
      inv(p: number, mean: number, deviation: number): number;
    };
  };
}
