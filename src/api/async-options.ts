import { durationMs } from "../base/duration.ts";
import { userError } from "../base/errors.ts";
import { ASYNC_CALLS_MAX } from "../model/limits.ts";
import type { AsyncFn, StepSpec } from "../model/pipeline.ts";
import { specOptions } from "./step-options.ts";
import type { AsyncMapOptions } from "./stream.ts";

/** The options of `asyncMap` as the graph holds them. @throws {WallarooError} `bad_step` */
export function asyncSpec(
  step: string,
  fn: AsyncFn,
  options: AsyncMapOptions<never, "fail">,
): StepSpec {
  const { concurrency = 64, ordered = true, timeout = "30s", retry, id } = options;
  if (!(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= ASYNC_CALLS_MAX)) {
    throw userError(
      "bad_step",
      `step "${step}": concurrency is ${concurrency}: give 1 to ${ASYNC_CALLS_MAX}`,
    );
  }
  const times = retry?.times ?? 0;
  if (!(Number.isInteger(times) && times >= 0 && times <= 1000)) {
    throw userError("bad_step", `step "${step}": retry.times is ${times}: give 0 to 1000`);
  }
  const firstMs = durationMs(retry?.first ?? "100ms", `retry.first of step "${step}"`);
  const maxMs = durationMs(retry?.max ?? "10s", `retry.max of step "${step}"`);
  const timeoutMs = durationMs(timeout, `timeout of step "${step}"`);
  const calls = { concurrency, isOrdered: ordered, timeoutMs, retries: times, firstMs, maxMs };
  const spec = { kind: "asyncMap", fn, ...calls, ...specOptions(step, options) } as const;
  return id === undefined ? spec : { ...spec, id };
}
