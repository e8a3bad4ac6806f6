/**
 * An incremental aggregation. Four laws: `init` is the identity of `merge`; `merge` is associative;
 * adding all is the same as adding parts and merging them; `result` changes nothing.
 */
export interface Aggregation<T, A, O> {
  /** A fresh accumulator: plain data. */
  readonly init: () => A;
  /** Adds a record: changes the accumulator in place, or returns the new one. */
  readonly add: (acc: A, record: T) => A | void;
  /** Adds all of `from` to `into`: in place, or returns the new one. `from` is not used again. */
  readonly merge: (into: A, from: A) => A | void;
  readonly result: (acc: A) => O;
  /** Starts at 1. Bump when the accumulator's shape changes. */
  readonly version?: number;
}
