import { userError } from "../base/errors.ts";
import type { Aggregation } from "../model/aggregation.ts";

/** The results of aggregations by field: `{ n: count() }` gives `{ n: number }`. */
export type Results<M extends Record<string, Aggregation<any, any, any>>> = {
  readonly [F in keyof M]: M[F] extends Aggregation<any, any, infer O> ? O : never;
};

/** What `aggregate` emits: the key, and a field for each aggregation (`value` for a single one). */
export type Aggregated<K, M extends Record<string, Aggregation<any, any, any>>, A, O> = [
  A,
] extends [never]
  ? { readonly key: K } & Results<M>
  : { readonly key: K; readonly value: O };

/**
 * An aggregation of your own. `init` is the identity of `merge`, `merge` is associative, adding
 * everything equals adding parts and merging them, and `result` changes nothing.
 *
 * @example
 * const longest = aggregation({
 *   init: () => "",
 *   add: (best: string, word: string) => (word.length > best.length ? word : best),
 *   merge: (a, b) => (b.length > a.length ? b : a),
 *   result: (best) => best,
 * });
 */
export function aggregation<T, A, O>(parts: {
  readonly init: () => A;
  readonly add: (acc: A, record: T) => A | void;
  readonly merge: (into: A, from: A) => A | void;
  readonly result: (acc: A) => O;
  readonly version?: number;
}): Aggregation<T, A, O> {
  for (const part of ["init", "add", "merge", "result"] as const) {
    if (typeof parts[part] !== "function") {
      throw userError("bad_aggregation", `aggregation: ${part} must be a function`);
    }
  }
  return { ...parts };
}
