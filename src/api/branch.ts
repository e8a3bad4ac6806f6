/** Splitting a stream: each record to the first branch that takes it. */
import { userError } from "../base/errors.ts";
import type { StepContext } from "../model/context.ts";
import type { FilterFn } from "../model/pipeline.ts";

/** The branch that takes what no branch before it took. */
export const otherwise: unique symbol = Symbol("otherwise");

/** Branches by name: each a function that takes a record or not, the last may be `otherwise`. */
export type Predicates<T> = Record<
  string,
  ((record: T, ctx: StepContext) => unknown) | typeof otherwise
>;

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
