/** State with a ttl: a key whose time is over starts afresh, and is dropped by itself. */
import { describe, expect, test } from "bun:test";
import { app, memory, state } from "../../src/api/mod.ts";
import { Prng } from "../../src/base/prng.ts";
import { testApp } from "../../src/testing/mod.ts";

const TTL_MS = 10_000;
const none = memory.sink<never>().sink;

interface Touch {
  readonly key: number;
  readonly isFailing: boolean;
}

function graph(time: "processing" | "event") {
  return app("expiring", (flow) => {
    const spec = state(() => ({ n: 0 }), { ttl: { after: TTL_MS, time } });
    flow
      .source("in", memory.source<Touch>([]))
      .keyBy("key", ({ key }) => key)
      .mapWithState(
        "count",
        spec,
        ({ key, isFailing }, s) => {
          s.n++;
          if (isFailing) throw new Error("a call that fails touches nothing");
          return `${key}: ${s.n}`;
        },
        { onError: "skip" },
      )
      .sink("out", none);
  });
}

/** Keys with the time of their last touch. */
class Model {
  readonly #keys = new Map<number, { n: number; at: number }>();
  readonly out: string[] = [];

  touch({ key, isFailing }: Touch, now: number): void {
    const known = this.#keys.get(key);
    const isOver = known === undefined || now - known.at >= TTL_MS;
    if (isOver) this.#keys.delete(key);
    if (isFailing) return;
    const n = isOver ? 1 : known.n + 1;
    this.#keys.set(key, { n, at: now });
    this.out.push(`${key}: ${n}`);
  }
}

function randomTouch(prng: Prng): Touch {
  return { key: prng.below(6), isFailing: prng.below(4) === 0 };
}

describe.each([true, false])("compiled %p", (compiled) => {
  test("processing time: touches at random times equal their model", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const prng = new Prng(seed);
      const model = new Model();
      await using t = await testApp(graph("processing"), { compiled });
      for (let i = 0; i < 60; i++) {
        await t.advance(prng.pick([0, 1, 1_000, 4_000, TTL_MS - 1, TTL_MS]));
        const touches = Array.from({ length: prng.below(5) }, () => randomTouch(prng));
        for (const touch of touches) model.touch(touch, t.now);
        t.feed("in", touches);
        await t.settle();
      }
      expect({ seed, out: await t.collect<string>("out") }).toEqual({ seed, out: model.out });
    }
  });

  test("event time: it is the latest time of a record that counts", async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const prng = new Prng(seed);
      const model = new Model();
      await using t = await testApp(graph("event"), { compiled });
      let latest = 0;
      const touches = Array.from({ length: 200 }, () => randomTouch(prng));
      const times = touches.map(() => {
        const time = latest + prng.pick([-5_000, 0, 1, 3_000, TTL_MS - 1, TTL_MS]);
        latest = Math.max(latest, time);
        return time;
      });
      let now = 0;
      for (const [i, touch] of touches.entries()) {
        now = Math.max(now, times[i]!);
        model.touch(touch, now);
      }
      t.feed("in", touches, { times });
      expect({ seed, out: await t.collect<string>("out") }).toEqual({ seed, out: model.out });
    }
  });

  test("keys that nobody touches any more are dropped, and memory stays flat", async () => {
    await using t = await testApp(graph("processing"), { compiled });
    const keys = () => t.status().steps.find(({ name }) => name === "count")?.keys ?? 0;
    let most = 0;
    const batch = 2_000;
    for (let second = 0; second < 60; second++) {
      const touches = Array.from({ length: batch }, (_, i) => ({
        key: second * batch + i,
        isFailing: false,
      }));
      t.feed("in", touches);
      await t.advance("1s");
      most = Math.max(most, keys());
    }
    // Ten seconds of keys, and what a sweep is behind: buckets are a 32nd of the ttl wide.
    expect(most).toBeLessThanOrEqual(batch * 13);
    await t.advance("20s");
    expect(keys()).toBe(0);
  });
});
