/** Splitting a stream: each record to the first branch that takes it. */
import { userError } from "../base/errors.ts";
import type { StepContext } from "../model/context.ts";
import type { FilterFn } from "../model/pipeline.ts";
import type { Stream } from "./stream.ts";

/** The branch that takes what no branch before it took. */
export const otherwise: unique symbol = Symbol("otherwise");

export type Predicate<T> =
  | ((record: T, ctx: StepContext) => boolean)
  | ((record: T, ctx: StepContext) => record is T)
  | typeof otherwise;

// oxlint-disable-next-line typescript/no-explicit-any
export type Predicates<T> = Record<
  string,
  ((record: T, ctx: StepContext) => any) | typeof otherwise
>;

/** What the type guards among the branches take. */
type Guarded<T, B> = {
  // oxlint-disable-next-line typescript/no-explicit-any
  [Name in keyof B]: B[Name] extends (record: any, ...rest: any[]) => record is infer U
    ? Extract<U, T>
    : never;
}[keyof B];

/** One stream per branch, narrowed by type guards; `otherwise` has what they leave. */
export type Branches<T, B> = {
  readonly [Name in keyof B]: B[Name] extends typeof otherwise
    ? Stream<Exclude<T, Guarded<T, B>>>
    : // oxlint-disable-next-line typescript/no-explicit-any
      B[Name] extends (record: any, ...rest: any[]) => record is infer U
      ? Stream<U & T>
      : Stream<T>;
};

/** The branches as the graph holds them. @throws {WallarooError} `bad_step` */
export function branchList(
  step: string,
  branches: Record<string, unknown>,
): { name: string; fn: FilterFn | undefined }[] {
  const list = Object.entries(branches);
  if (list.length === 0) throw userError("bad_step", `step "${step}": branch has no branches`);
  return list.map(([name, fn], i) => {
    if (fn === otherwise) {
      if (i === list.length - 1) return { name, fn: undefined };
      throw userError("bad_step", `step "${step}": otherwise ("${name}") must be the last branch`);
    }
    if (typeof fn === "function") return { name, fn: fn as FilterFn };
    throw userError("bad_step", `step "${step}": branch "${name}" must be a function or otherwise`);
  });
}
