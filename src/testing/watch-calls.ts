/**
 * Counts what is under way outside of the engine: calls of a real disk, and of an `asyncMap`'s
 * function. While something is, the test waits for it; when nothing is, nothing more can happen
 * before the clock moves.
 */
import type { AsyncContext } from "../model/context.ts";
import type { AsyncFn, Step } from "../model/pipeline.ts";

/** How many calls are under way. */
export interface Calls {
  count: number;
}

/** An object like `target` whose calls that give promises are counted, and whose results', too. */
export function watched<T extends object>(target: T, calls: Calls): T {
  return new Proxy(target, {
    get(object, name): unknown {
      const value: unknown = Reflect.get(object, name, object);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, object, given);
        return result instanceof Promise ? counted(result, calls) : result;
      };
    },
  });
}

async function counted(result: Promise<unknown>, calls: Calls): Promise<unknown> {
  calls.count++;
  try {
    const value = await result;
    const isHandle = typeof value === "object" && value !== null && "close" in value;
    return isHandle ? watched(value, calls) : value;
  } finally {
    calls.count--;
  }
}

/** A step whose function, when it waits for the outside, is counted until it has an answer. */
export function watchedStep(step: Step, calls: Calls): Step {
  const { spec } = step;
  if (spec.kind !== "asyncMap") return step;
  const fn: AsyncFn = (record, ctx) => {
    const done = begin(calls, ctx);
    let result: Promise<unknown>;
    try {
      result = spec.fn(record, ctx);
    } catch (error) {
      done();
      throw error;
    }
    Promise.resolve(result).then(done, done);
    return result;
  };
  return { ...step, spec: { ...spec, fn } };
}

function begin(calls: Calls, ctx: AsyncContext): () => void {
  let isOpen = true;
  calls.count++;
  const done = (): void => {
    if (isOpen) calls.count--;
    isOpen = false;
  };
  ctx.signal.addEventListener("abort", done);
  return done;
}
