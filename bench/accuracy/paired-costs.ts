/** What all rules are given: one cost a block of each arm, in the order of measurement. */
export interface PairedCosts {
  control: number[];
  treatment: number[];
}

/** ln(treatment ÷ control) of each block. */
export const logRatios = ({ control, treatment }: PairedCosts): number[] =>
  control.map((cost, block) => Math.log((treatment[block] ?? Number.NaN) / cost));

export const firstBlocks = ({ control, treatment }: PairedCosts, count: number): PairedCosts => ({
  control: control.slice(0, count),
  treatment: treatment.slice(0, count),
});

/** The same with the treatment's costs multiplied. */
export const scaleTreatment = ({ control, treatment }: PairedCosts, factor: number): PairedCosts => ({
  control,
  treatment: treatment.map((cost) => cost * factor),
});
