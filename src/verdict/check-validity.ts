import type { Modes } from '../types.ts';

export interface Finding {
  code: string;
  message: string;
  widening: number;
  hold: string | null;
  modes?: Modes[];
}
