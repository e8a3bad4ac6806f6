/** Random changes of a step's states, applied to the real ones and to plain ones of a model. */
import type { ListState, MapState } from "../../src/api/mod.ts";
import type { Prng } from "../../src/base/prng.ts";

/** The states of a step, as its function gets them. */
export interface States {
  readonly value: { n: number; list: { n: number }[] };
  readonly map: Pick<MapState<string, { n: number }>, "get" | "set" | "delete" | "clear"> &
    Iterable<readonly [string, { n: number }]>;
  readonly list: Pick<ListState<{ n: number }>, "get" | "set" | "push" | "shift" | "clear"> &
    Iterable<{ n: number }> & { readonly length: number };
}

export type Op =
  | { readonly do: "add" | "append" | "push" | "shift"; readonly n: number }
  | { readonly do: "put" | "change" | "delete"; readonly name: string; readonly n: number }
  | { readonly do: "change all" | "set first" | "change last" | "reverse"; readonly n: number }
  | { readonly do: "clear map" | "clear list" };

/** The list of a model, with the methods of the real one. */
export class PlainList {
  readonly items: { n: number }[] = [];
  get length(): number {
    return this.items.length;
  }
  get(index: number): { n: number } | undefined {
    return this.items[index];
  }
  set(index: number, value: { n: number }): void {
    this.items[index] = value;
  }
  push(value: { n: number }): void {
    this.items.push(value);
  }
  shift(): { n: number } | undefined {
    return this.items.shift();
  }
  clear(): void {
    this.items.length = 0;
  }
  [Symbol.iterator](): Iterator<{ n: number }> {
    return this.items[Symbol.iterator]();
  }
}

export function plainStates(): States {
  return { value: { n: 0, list: [] }, map: new Map(), list: new PlainList() };
}

export function randomOp(prng: Prng): Op {
  const n = prng.below(1000);
  const name = `entry ${prng.below(4)}`;
  return prng.pick<Op>([
    { do: "add", n },
    { do: "append", n },
    { do: "push", n },
    { do: "push", n },
    { do: "shift", n },
    { do: "put", name, n },
    { do: "put", name, n },
    { do: "change", name, n },
    { do: "delete", name, n },
    { do: "change all", n },
    { do: "set first", n },
    { do: "change last", n },
    { do: "reverse", n },
    prng.below(4) === 0 ? { do: "clear map" } : { do: "clear list" },
  ]);
}

export function apply({ value, map, list }: States, op: Op): void {
  switch (op.do) {
    case "add":
      value.n += op.n;
      return;
    case "append":
      value.list.push({ n: op.n });
      return;
    case "reverse":
      value.list.reverse();
      for (const inner of value.list) inner.n++;
      return;
    case "push":
      list.push({ n: op.n });
      return;
    case "shift":
      list.shift();
      return;
    case "set first":
      if (list.length > 0) list.set(0, { n: op.n });
      return;
    case "change last": {
      const last = list.get(list.length - 1);
      if (last !== undefined) last.n += op.n;
      return;
    }
    case "put":
      map.set(op.name, { n: op.n });
      return;
    case "change": {
      const entry = map.get(op.name);
      if (entry !== undefined) entry.n += op.n;
      return;
    }
    case "delete":
      map.delete(op.name);
      return;
    case "change all":
      for (const [, entry] of map) entry.n += op.n;
      for (const entry of list) entry.n += op.n;
      return;
    case "clear map":
      map.clear();
      return;
    case "clear list":
      list.clear();
      return;
    default:
      throw new Error(`no such change: ${JSON.stringify(op satisfies never)}`);
  }
}

/** All of it as a text; the order of entries in a map is no part of it. */
export function textOf({ value, map, list }: States): string {
  const entries = [...map].map(([name, { n }]) => `${name}=${n}`).sort();
  return JSON.stringify([value, entries, [...list]]);
}
