import type { ArmPlan, FunctionMeasurement } from './function-measurement.ts';

/** What a block is to hold, on disk before its first instance. @returns the block's number */
export const writeBlock = async (job: FunctionMeasurement, arms: ArmPlan[]): Promise<number> => {
  const block = job.writer.nextBlock(job.function);
  await job.writer.write({
    type: 'block',
    function: job.function,
    block,
    arms: arms.map(({ isolation, arm, revision }) => ({ isolation: isolation.config.name, arm, revision })),
  });
  return block;
};
