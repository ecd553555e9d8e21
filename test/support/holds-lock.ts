// A run that takes the host's lock (argv: its path), says so, and holds it until it is told to let go or dies.
import { once } from 'node:events';
import { takeHostLock } from '../../src/host/host-lock.ts';

const lock = await takeHostLock((line) => console.log(line), new AbortController().signal, process.argv[2]);
console.log('locked');
await once(process.stdin, 'data');
await lock.release();
process.stdin.destroy();
