import { Worker } from 'node:worker_threads';
import type { Tally } from './tally.ts';
import type { Task } from './tasks.ts';

/** `run(tasks)` gives the results in the order of the tasks, whichever thread does which; `end` stops the threads. */
export interface Pool {
  run(tasks: Task[], onDone: () => void): Promise<Tally[][]>;
  end(): Promise<void>;
}

/** Threads of this very program, which see in `workerData` that they are such. */
export const openPool = (program: string, size: number, workerData: object): Pool => {
  const workers = Array.from({ length: size }, () => new Worker(program, { workerData }));
  const ask = (worker: Worker, task: Task): Promise<Tally[]> =>
    new Promise((resolve, reject) => {
      const settle = (how: () => void) => {
        worker.removeAllListeners('message');
        worker.removeAllListeners('error');
        how();
      };
      worker.once('message', (tallies: Tally[]) => settle(() => resolve(tallies)));
      worker.once('error', (error) => settle(() => reject(error)));
      worker.postMessage(task);
    });
  return {
    async run(tasks, onDone) {
      const results: Tally[][] = [];
      let next = 0;
      const serve = async (worker: Worker): Promise<void> => {
        while (next < tasks.length) {
          const index = next;
          next += 1;
          results[index] = await ask(worker, tasks[index] as Task);
          onDone();
        }
      };
      await Promise.all(workers.map(serve));
      return results;
    },
    async end() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
};
