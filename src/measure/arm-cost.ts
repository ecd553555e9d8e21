/** Milliseconds of one instance of an arm, as the pilot found them. */
export interface ArmCost {
  /** Start, first response, evidence, stop, and the tail phase where there is one. */
  fixedMs: number;
  /** One warm message of `repeat` calls. */
  messageMs: number;
}

/** What an instance with so many messages, warm-up among them, takes. */
export const instanceMs = ({ fixedMs, messageMs }: ArmCost, messages: number): number => fixedMs + messages * messageMs;
