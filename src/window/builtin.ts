/** The aggregations that everybody needs. All merge, so that they can be computed in two phases. */
import type { Aggregation } from "../model/aggregation.ts";

/** How many records. */
export function count<T = unknown>(): Aggregation<T, number, number> {
  return { init: () => 0, add: (acc) => acc + 1, merge: (into, from) => into + from, result: same };
}

/** The sum of a number of each record. */
export function sum<T>(of: (record: T) => number): Aggregation<T, number, number> {
  return {
    init: () => 0,
    add: (acc, record) => acc + of(record),
    merge: (into, from) => into + from,
    result: same,
  };
}

/** The arithmetic mean; NaN of no records. */
export function mean<T>(
  of: (record: T) => number,
): Aggregation<T, { sum: number; count: number }, number> {
  return {
    init: () => ({ sum: 0, count: 0 }),
    add: (acc, record) => {
      acc.sum += of(record);
      acc.count += 1;
    },
    merge: (into, from) => {
      into.sum += from.sum;
      into.count += from.count;
    },
    result: (acc) => acc.sum / acc.count,
  };
}

/** The smallest number; Infinity of no records. */
export function min<T>(of: (record: T) => number): Aggregation<T, number, number> {
  return {
    init: () => Number.POSITIVE_INFINITY,
    add: (acc, record) => Math.min(acc, of(record)),
    merge: (into, from) => Math.min(into, from),
    result: same,
  };
}

/** The largest number; -Infinity of no records. */
export function max<T>(of: (record: T) => number): Aggregation<T, number, number> {
  return {
    init: () => Number.NEGATIVE_INFINITY,
    add: (acc, record) => Math.max(acc, of(record)),
    merge: (into, from) => Math.max(into, from),
    result: same,
  };
}

/** The first records' values in order of arrival, at most `limit` of them. */
export function collect<T, V = T>(
  of: (record: T) => V,
  limit: number,
): Aggregation<T, V[], readonly V[]> {
  return {
    init: () => [],
    add: (acc, record) => {
      if (acc.length < limit) acc.push(of(record));
    },
    merge: (into, from) => {
      for (const value of from) if (into.length < limit) into.push(value);
    },
    result: (acc) => acc.slice(),
  };
}

function same<V>(value: V): V {
  return value;
}
