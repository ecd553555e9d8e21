import { expect, test } from 'vitest';
import { findDisturbances, isDisturbed } from '../../src/decide/check-disturbed.ts';

test.each([
  ['nothing known', undefined, []],
  ['no keys', {}, []],
  ['one tick of steal in 130 ms, and gVisor on one CPU', { steal_share: 0.079, cpu_pressure_share: 0.36 }, []],
  ['all of it just below', { cpu_pressure_share: 0.89, memory_pressure_share: 0.09, io_pressure_share: 0.49 }, []],
  ['a clock at its base', { throttle_count: 0, frequency_share: 0.5 }, []],
  ['steal', { steal_share: 0.25 }, ['CPU time stolen by the hypervisor']],
  ['others on every CPU', { cpu_pressure_share: 1 }, ['CPU pressure']],
  ['memory', { memory_pressure_share: 0.1 }, ['memory pressure']],
  ['input and output', { io_pressure_share: 0.5 }, ['I/O pressure']],
  ['heat', { throttle_count: 1, frequency_share: 0.3 }, ['thermal throttling', 'a low clock frequency']],
])('%s', (_, host, names) => {
  expect(findDisturbances(host)).toEqual(names);
  expect(isDisturbed(host)).toBe(names.length > 0);
});
