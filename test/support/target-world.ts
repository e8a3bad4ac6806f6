/** Targets of a `sinkEach` in memory: each call may take its time, and what was open is counted. */
import type { Committer, Sink, SinkContext, SinkWriter } from "../../src/model/sink.ts";

export type TargetCall = "open" | "write" | "prepare" | "commit" | "close";

/** `now`: done at once; `later`: when the test says; `never`. */
export type Lag = "now" | "later" | "never";

export interface TargetWorldOptions {
  readonly commits?: (target: string) => boolean;
  readonly lag?: (call: TargetCall, target: string) => Lag;
  readonly fail?: (call: TargetCall, target: string) => boolean;
}

export class TargetWorld {
  readonly #options: TargetWorldOptions;
  /** What each target was given, in order. */
  readonly written = new Map<string, unknown[]>();
  readonly committed = new Map<string, unknown[]>();
  readonly contexts: SinkContext[] = [];
  /** Calls that wait for the test. */
  readonly waiting: (() => void)[] = [];
  readonly openNow = new Set<string>();
  /** Slots in use: from the call of `open` until the close is done. */
  open = 0;
  mostOpen = 0;
  opens = 0;

  constructor(options: TargetWorldOptions = {}) {
    this.#options = options;
  }

  readonly make = (target: string): Sink<unknown> => {
    const commits = this.#options.commits?.(target) ?? false;
    return {
      kind: "test",
      about: target,
      delivery: commits ? "exactly-once" : "at-least-once",
      open: (ctx) => this.#open(target, commits, ctx),
      ...(commits ? { committer: () => Promise.resolve(this.#committer(target)) } : {}),
    };
  };

  /** Lets one call that waits be done. */
  letOne(index = 0): boolean {
    const [done] = this.waiting.splice(index, 1);
    done?.();
    return done !== undefined;
  }

  async #open(target: string, commits: boolean, ctx: SinkContext): Promise<SinkWriter<unknown>> {
    this.contexts.push(ctx);
    this.opens++;
    this.open++;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    if (this.openNow.has(target)) throw new Error(`${target} is open already`);
    this.openNow.add(target);
    await this.#call("open", target);
    let fresh: unknown[] = [];
    let isCalled = false;
    const alone = (): void => {
      if (isCalled) throw new Error(`${target}: a call within a call`);
    };
    return {
      write: (records) => {
        alone();
        const waiting = this.#call("write", target);
        const take = (): void => {
          isCalled = false;
          if (commits) fresh.push(...records);
          const all = this.written.get(target) ?? [];
          this.written.set(target, all);
          all.push(...records);
        };
        if (waiting === undefined) return take();
        isCalled = true;
        return waiting.then(take);
      },
      flush: () => undefined,
      prepare: async () => {
        alone();
        isCalled = true;
        await this.#call("prepare", target);
        isCalled = false;
        const pending = fresh;
        fresh = [];
        return pending.length === 0 ? undefined : pending;
      },
      [Symbol.asyncDispose]: async () => {
        await this.#call("close", target);
        if (fresh.length > 0) fresh = [];
        this.openNow.delete(target);
        this.open--;
      },
    };
  }

  #committer(target: string): Committer {
    return {
      commit: async (pending) => {
        await this.#call("commit", target);
        const all = this.committed.get(target) ?? [];
        this.committed.set(target, all);
        all.push(...(pending as unknown[]));
      },
      abort: () => Promise.resolve(),
      list: () => Promise.resolve([]),
    };
  }

  #call(call: TargetCall, target: string): Promise<void> | undefined {
    const { lag, fail } = this.#options;
    if (fail?.(call, target) === true) throw new Error(`${call} of ${target} failed`);
    switch (lag?.(call, target) ?? "now") {
      case "later":
        return new Promise((resolve) => this.waiting.push(resolve));
      case "never":
        return new Promise(() => undefined);
      default:
        return undefined;
    }
  }
}
