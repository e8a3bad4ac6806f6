/**
 * The code of a step that calls its function with the state of a key. Names as in `fuse-steps.ts`;
 * in the loop over batches from another task `m` is the number of the key in hand, and `found` what
 * is known by numbers.
 */
import { NO_NUMBER } from "../model/source.ts";
import type { CodeScope } from "./fuse-scope.ts";
import type { StepRuntime } from "./step-runtime.ts";

/** Text of the code that makes `n`, the entry of `key`. */
export function findCode(scope: CodeScope, runtime: StepRuntime, key: string): string {
  const { id } = runtime.step;
  const table = runtime.table!;
  scope.bind(`T${id}`, table);
  scope.bind(`M${id}`, table.primitives);
  if (table.expiry !== undefined) return `const n = T${id}.access(${key}, S.time, c${id});`;
  const look = `n = typeof ${key} === "object" ? T${id}.findArray(${key}) : M${id}.get(${key});
      if (n === undefined) n = T${id}.create(${key}, c${id});
      else if (n.epoch !== T${id}.epoch) T${id}.touch(n);`;
  const check = `if ((C.accesses++ & 1023) === 0) T${id}.checkSize(n);`;
  // The first step behind the exchange: of others there may be several, and a number has one entry.
  if (key !== "k" || scope.numbered !== "") return `let ${look} ${check}`;
  scope.numbered = `T${id}`;
  return `let n = m === ${NO_NUMBER} ? undefined : found[m];
      if (n === undefined || n.isGone) {
        ${look}
        if (m !== ${NO_NUMBER}) found[m] = n;
      } else if (n.epoch !== T${id}.epoch) T${id}.touch(n);
      ${check}`;
}
