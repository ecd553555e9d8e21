import { expect, it } from 'vitest';
import { functionProcess } from '../../../src/image/runtime/function-process.ts';
import { functionConfig, RESOURCES } from '../workshop.ts';

const start = (program: string, args: string[], runtime: 'command' | 'http' = 'command'): string[] => {
  const http = runtime === 'http' ? { port: 80, path: '/', method: 'POST', headers: {}, ready: null } : null;
  const config = functionConfig('/f', { runtime, http });
  const process = functionProcess(config, { program, arguments: args }, { ...RESOURCES, cpus: 2 });
  return process.args.slice(process.args.lastIndexOf('--') + 1);
};
const JVM = ['-XX:+IgnoreUnrecognizedVMOptions', '-XX:MaxRAM=268435456', '-XX:ActiveProcessorCount=2'];

it('tells a JVM the memory and CPUs of the instance, before what the function says', () => {
  const args = ['-Xmx64m', '-jar', 'a.jar'];
  expect(start('/usr/bin/java', args)).toEqual(['/usr/bin/java', ...JVM, ...args]);
  expect(start('/opt/jdk/bin/java', args, 'http')).toEqual(['/opt/jdk/bin/java', ...JVM, ...args]);
});

it('starts any other program as it is', () => {
  expect(start('/usr/bin/javac', ['A.java'])).toEqual(['/usr/bin/javac', 'A.java']);
});
