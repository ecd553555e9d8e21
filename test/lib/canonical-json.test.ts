import { expect, it } from 'vitest';
import { canonicalJson } from '../../src/lib/canonical-json.ts';

it.each([
  ['{"b": 1, "a": [true, null]}', '{"a":[true,null],"b":1}'],
  // As Python writes floats.
  ['[1.0, 0.1, 1e3, -0.0, 1E-7]', '[1,0.1,1000,0,1e-7]'],
  ['{"z":{"y":"\\u00e9"},"10":1,"9":2}', '{"10":1,"9":2,"z":{"y":"é"}}'],
  ['"text"', '"text"'],
  ['null', 'null'],
])('%s', (text, canonical) => {
  expect(canonicalJson(JSON.parse(text))).toBe(canonical);
});
