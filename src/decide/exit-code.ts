import type { Config } from '../model/config.ts';
import type { RunVerdict } from '../model/metrics.ts';

/** 0 pass, or inconclusive where `fail_on` does not list it · 1 fail · 2 inconclusive where it does · 3 not measured. */
export const exitCodeOf = (verdict: RunVerdict, failOn: Config['failOn']): 0 | 1 | 2 | 3 => {
  switch (verdict) {
    case 'pass':
      return 0;
    case 'fail':
      return 1;
    case 'inconclusive':
      return failOn.includes('inconclusive') ? 2 : 0;
    case 'not-measured':
      return 3;
  }
};
