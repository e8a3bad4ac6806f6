/**
 * 10,000,000 distinct keys with a ttl of a minute: memory stays flat, an expired key starts afresh.
 * One seed is one run of 40 simulated minutes; it prints the memory of each.
 */
import { app, memory, state } from "../../src/api/mod.ts";
import { Prng } from "../../src/base/prng.ts";
import { testApp } from "../../src/testing/mod.ts";
import type { Campaign } from "./runner.ts";

const KEYS = 10_000_000;
const MINUTES = 40;
const SECONDS_PER_FEED = 5;
const KEYS_PER_FEED = Math.ceil((KEYS / MINUTES / 60) * SECONDS_PER_FEED);
/** A minute of keys, and a 32nd of the ttl that a sweep may be behind, twice. */
const KEYS_MAX = (KEYS / MINUTES) * 1.2;
/** Of the most in the first ten minutes to the most in the last ten. */
const GROWTH_MAX = 1.25;

export const campaign: Campaign = {
  name: "ttl",
  about: "10,000,000 keys with a ttl of one minute: memory flat, an expired key starts afresh",
  seeds: 1,
  async run(seed) {
    const prng = new Prng(seed);
    const old = { seen: 0 };
    const expiring = app("expiring", (flow) => {
      const spec = state(() => ({ n: 0, text: "" }), { ttl: { after: "1m" } });
      flow
        .source("in", memory.source<number>([]))
        .keyBy("key", (key) => `key ${key}`)
        .mapWithState("count", spec, (_, s) => {
          s.n++;
          s.text = "as much as a small record holds";
          return s.n === 1 ? undefined : s.n;
        })
        .inspect("again", () => void old.seen++)
        .sink("out", memory.sink<number>().sink);
    });
    await using t = await testApp(expiring, { seed, freeze: false });
    const keys = (): number => t.status().steps.find(({ name }) => name === "count")?.keys ?? 0;
    const sizes: number[] = [];
    let next = 0;
    let most = 0;
    for (let minute = 1; minute <= MINUTES; minute++) {
      for (let second = 0; second < 60; second += SECONDS_PER_FEED) {
        // Some keys of more than a minute ago come again: a count above 1 would be an old state.
        const again = next > 3 * KEYS_MAX ? [prng.below(next - 3 * KEYS_MAX)] : [];
        const fresh = Array.from({ length: KEYS_PER_FEED }, (_, i) => next + i);
        next += KEYS_PER_FEED;
        t.feed("in", [...fresh, ...again]);
        await t.advance(`${SECONDS_PER_FEED}s`);
        most = Math.max(most, keys());
      }
      Bun.gc(true);
      const megabytes = Math.round(process.memoryUsage.rss() / 1_048_576);
      sizes.push(megabytes);
      console.log(`minute ${minute}: ${next} keys so far, ${keys()} held, ${megabytes} MB`);
    }
    if (old.seen > 0) throw new Error(`${old.seen} expired keys had their old state`);
    if (most > KEYS_MAX) throw new Error(`${most} keys were held, ${KEYS_MAX} at most expected`);
    const [first, last] = [Math.max(...sizes.slice(0, 10)), Math.max(...sizes.slice(-10))];
    if (last > first * GROWTH_MAX) throw new Error(`memory grew from ${first} to ${last} MB`);
    await t.advance("2m");
    if (keys() !== 0) throw new Error(`${keys()} keys are left when nobody touches them`);
    return { keys: next, most, firstMb: first, lastMb: last };
  },
};
