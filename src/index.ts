import { run } from './action.ts';

await run(import.meta.dirname);
