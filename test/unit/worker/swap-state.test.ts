/** What is under way when another version takes over: calls, and a record that failed. */
import { describe, expect, test } from "bun:test";
import { app, state, type Flow } from "../../../src/api/mod.ts";
import { memory } from "../../../src/connectors/memory/mod.ts";
import { COMMIT_INTERVAL_MS, SWAP_MS } from "../../../src/model/limits.ts";
import type { Sink } from "../../../src/model/sink.ts";
import { testPorts } from "../../support/run-app.ts";
import { startVersions, until } from "../../support/swap-app.ts";

/** A clock whose timers of these lengths fire when the test says. */
function portsHolding(...lengths: readonly number[]) {
  const ports = testPorts();
  const held: { readonly ms: number; readonly fn: () => void }[] = [];
  const { clock } = ports;
  const after = (ms: number, fn: () => void) => {
    if (!lengths.includes(ms)) return clock.after(ms, fn);
    const timer = { ms, fn };
    held.push(timer);
    return { cancel: () => void held.splice(held.indexOf(timer), 1) };
  };
  /** Fires one; false when there is none. */
  const fire = (ms: number): boolean => {
    const at = held.findIndex((one) => one.ms === ms);
    if (at === -1) return false;
    const [timer] = held.splice(at, 1);
    timer!.fn();
    return true;
  };
  return { ports: { ...ports, clock: { ...clock, after } }, fire };
}

const version = (build: (flow: Flow) => void) => app("app", (flow) => build(flow));

describe.each([true, false])("compiled %p", (compiled) => {
  test("calls under way go over, in order; the next attempts are of the new function", async () => {
    const feed = memory.feed<number>();
    const out = memory.sink<string>();
    const answers: (() => void)[] = [];
    const of = (word: string) =>
      version((flow) =>
        flow
          .source("in", feed.source)
          .asyncMap(
            "ask",
            async (n, { attempt }) => {
              if (word === "old") await new Promise<void>((resolve) => answers.push(resolve));
              if (word === "old" && n === 1) throw new Error("away");
              return `${word} ${n} ${attempt}`;
            },
            { concurrency: 3, retry: { times: 1, first: "1ms" } },
          )
          .sink("out", out.sink),
      );
    await using run = await startVersions(of("old"), { compiled });
    feed.push(0, 1, 2, 3, 4);
    await until(() => answers.length === 3);
    const { calls } = await run.swap(of("new"));
    expect(calls).toBe(4);
    for (const answer of answers) answer();
    feed.end();
    await run.job.done;
    expect(out.committed).toEqual(["old 0 1", "new 1 2", "old 2 1", "new 3 1", "new 4 1"]);
  });

  test("calls of a step that is gone end first; when they do not, nothing changes", async () => {
    const feed = memory.feed<number>();
    const out = memory.sink<unknown>();
    const answers: (() => void)[] = [];
    const asking = version((flow) =>
      flow
        .source("in", feed.source)
        .asyncMap("ask", async (n) => {
          await new Promise<void>((resolve) => answers.push(resolve));
          return n;
        })
        .sink("out", out.sink),
    );
    const plain = version((flow) =>
      flow
        .source("in", feed.source)
        .map("plain", (n) => -n)
        .sink("out", out.sink),
    );
    const { ports, fire } = portsHolding(SWAP_MS);
    await using run = await startVersions(asking, { compiled, ports });
    feed.push(1);
    await until(() => answers.length === 1);
    const late = run.swap(plain);
    await until(() => fire(SWAP_MS));
    await expect(late).rejects.toThrow(
      'what is inside did not come out within 5.0 s: step "ask", which is gone, waits for calls',
    );
    const second = run.swap(plain);
    answers[0]!();
    await second;
    feed.push(2);
    feed.end();
    await run.job.done;
    expect(out.committed).toEqual([1, -2]);
  });

  test("a commit that is due while a version takes over waits for it", async () => {
    const feed = memory.feed<number>();
    const out = memory.sink<number>();
    const prepares: (() => void)[] = [];
    const slow: Sink<number> = {
      ...out.sink,
      open: async (ctx) => {
        const writer = await out.sink.open(ctx);
        return {
          write: (records) => writer.write(records),
          flush: () => undefined,
          prepare: async (epoch) => {
            await new Promise<void>((resolve) => prepares.push(resolve));
            return await writer.prepare(epoch);
          },
          [Symbol.asyncDispose]: async () => await writer[Symbol.asyncDispose](),
        };
      },
    };
    const app = version((flow) => flow.source("in", feed.source).sink("out", slow));
    const { ports, fire } = portsHolding(COMMIT_INTERVAL_MS);
    await using run = await startVersions(app, { compiled, ports });
    feed.push(1, 2);
    await run.processed("in", 2);
    fire(COMMIT_INTERVAL_MS);
    await until(() => prepares.length === 1);
    const swapped = run.swap(app);
    prepares[0]!();
    await until(() => prepares.length === 2);
    fire(COMMIT_INTERVAL_MS);
    expect(fire(COMMIT_INTERVAL_MS)).toBe(true);
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(prepares.length).toBe(2);
    prepares[1]!();
    await swapped;
    expect(run.status()).toMatchObject({ state: "running", error: undefined });
    expect(out.committed).toEqual([1, 2]);
  });

  test("a record that throws halts the job; the version that mends it begins with it", async () => {
    const feed = memory.feed<number>();
    const out = memory.sink<string>();
    const of = (limit: number) =>
      version((flow) =>
        flow
          .source("in", feed.source)
          .keyBy("key", (n) => n % 2)
          .mapWithState(
            "count",
            state(() => ({ n: 0 })),
            (n, s) => {
              if (n > limit) throw new RangeError("too much");
              return `${n} ${++s.n}`;
            },
          )
          .sink("out", out.sink),
      );
    const halts: string[] = [];
    const onHalt = (error: Error) => void halts.push(error.message);
    await using run = await startVersions(of(2), { compiled, onHalt });
    feed.push(1, 2, 3, 4, 5);
    await until(() => halts.length > 0);
    expect(run.status()).toMatchObject({ state: "failed", error: halts[0]! });
    expect(halts[0]).toContain('step "count": its function threw RangeError: too much');
    await run.swap(of(4));
    await until(() => halts.length > 1);
    expect(halts[1]).toContain("for record 5");
    await run.swap(of(9));
    expect(run.status()).toMatchObject({ state: "running", error: undefined });
    feed.end();
    expect((await run.job.done).state).toBe("finished");
    expect(out.committed).toEqual(["1 1", "2 1", "3 2", "4 2", "5 3"]);
    expect(run.status().sources[0]!.records).toBe(5);
  });

  test("a halted job that is stopped ends as failed, for its own reason", async () => {
    const feed = memory.feed<number>();
    const bad = version((flow) =>
      flow
        .source("in", feed.source)
        .map("bad", (): number => {
          throw new Error("no good");
        })
        .sink("out", memory.sink<number>().sink),
    );
    let isHalted = false;
    await using run = await startVersions(bad, { compiled, onHalt: () => (isHalted = true) });
    feed.push(1);
    await until(() => isHalted);
    await run.job.stop();
    const { state: ended, error } = await run.job.done;
    expect([ended, error]).toEqual(["failed", expect.stringContaining("no good")]);
    await expect(run.swap(bad)).rejects.toThrow("no other version can take over");
  });
});
