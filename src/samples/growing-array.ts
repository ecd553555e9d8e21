/** Numbers one after the other, as many as come, in pieces of a fixed size, so that nothing is copied as it grows. */
export interface GrowingArray {
  readonly length: number;
  push(value: number): void;
  at(index: number): number;
}

const BITS = 16;
const PIECE = 2 ** BITS;

export const growingArray = (newPiece: (length: number) => Float64Array | Uint32Array): GrowingArray => {
  const pieces: (Float64Array | Uint32Array)[] = [];
  let last = newPiece(0);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      const place = length & (PIECE - 1);
      if (place === 0) {
        last = newPiece(PIECE);
        pieces.push(last);
      }
      last[place] = value;
      length += 1;
    },
    at: (index) => (pieces[index >>> BITS] as Float64Array)[index & (PIECE - 1)] as number,
  };
};
