import { expect, it } from 'vitest';
import { recent } from '../../src/lib/recent.ts';

it('the latest keys are remembered, and older ones are computed anew', () => {
  const computed: string[] = [];
  const lengthOf = recent(2, (key: string) => {
    computed.push(key);
    return key.length;
  });
  expect(['a', 'bb', 'a', 'bb', 'ccc', 'bb', 'a', 'ccc', 'bb'].map(lengthOf)).toEqual([1, 2, 1, 2, 3, 2, 1, 3, 2]);
  expect(computed).toEqual(['a', 'bb', 'ccc', 'a', 'bb']);
});

it('a value of undefined is remembered too', () => {
  let count = 0;
  const nothing = recent(1, (_: string): undefined => {
    count += 1;
  });
  nothing('a');
  nothing('a');
  expect(count).toBe(1);
});
