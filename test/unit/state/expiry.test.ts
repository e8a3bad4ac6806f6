import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import { Expiry, type Touched } from "../../../src/state/expiry.ts";

interface Entry extends Touched {
  readonly name: number;
}

const TTL_MS = 1_000;

function make() {
  const dropped: Entry[] = [];
  const ttl = { afterMs: TTL_MS, time: "processing" } as const;
  const expiry = new Expiry<Entry>(ttl, (entry) => {
    entry.isGone = true;
    dropped.push(entry);
  });
  return { expiry, dropped };
}

test("entries are dropped after their ttl, by their last touch, and never before", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const prng = new Prng(seed);
    const { expiry, dropped } = make();
    const entries: Entry[] = [];
    let now = 0;
    for (let i = 0; i < 300; i++) {
      now += prng.below(60);
      const entry = { name: i, touchedAt: now, isGone: false };
      expiry.add(entry);
      entries.push(entry);
      for (let n = prng.below(4); n > 0; n--) {
        const touched = prng.pick(entries);
        if (!touched.isGone) touched.touchedAt = now;
      }
      const before = dropped.length;
      while (expiry.sweep(now, 10));
      for (const gone of dropped.slice(before)) {
        expect(now - gone.touchedAt).toBeGreaterThanOrEqual(TTL_MS);
      }
    }
    while (expiry.sweep(now + 2 * TTL_MS, 10));
    expect(new Set(dropped).size).toBe(300);
    expect(dropped.length).toBe(300);
  }
});

test("a sweep looks at no more entries than it may, and says whether more wait", () => {
  const { expiry, dropped } = make();
  for (let i = 0; i < 25; i++) expiry.add({ name: i, touchedAt: 0, isGone: false });
  expect(expiry.sweep(TTL_MS / 2, 10)).toBe(false);
  expect(expiry.sweep(3 * TTL_MS, 10)).toBe(true);
  expect(dropped.length).toBe(10);
  expect(expiry.sweep(3 * TTL_MS, 10)).toBe(true);
  expect(expiry.sweep(3 * TTL_MS, 10)).toBe(false);
  expect(dropped.length).toBe(25);
});
