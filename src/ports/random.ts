/** Randomness that is not a result: jitter, names. Records are made from seeds of their own. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** An integer in [0, 2^32). */
  u32(): number;
}
