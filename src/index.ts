import { run } from './action/action.ts';

await run(import.meta.dirname);
