import { expect, test } from "bun:test";
import fc from "fast-check";
import { LatencyHistogram, latencyText } from "../../../src/cli/latency-histogram.ts";

test("percentiles are at most 1/64 above the true ones, never below", () => {
  const value = fc.oneof(fc.nat(100), fc.nat(100_000), fc.nat(2_000_000_000));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), (values) => {
      const histogram = new LatencyHistogram();
      for (const us of values) histogram.add(us);
      const sorted = values.toSorted((a, b) => a - b);
      for (const share of [0, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
        const found = histogram.percentile(share);
        expect(found).toBeGreaterThanOrEqual(exact);
        expect(found).toBeLessThanOrEqual(exact + exact / 64);
      }
      expect(histogram.max).toBe(sorted.at(-1)!);
      expect(histogram.count).toBe(values.length);
    }),
    { numRuns: 300 },
  );
});

test("values out of range count as the nearest that is in it", () => {
  const histogram = new LatencyHistogram();
  histogram.add(-5);
  expect(histogram.percentile(1)).toBe(0);
  histogram.add(1e15);
  expect(histogram.percentile(1)).toBeLessThanOrEqual(2 ** 40);
});

test("an empty histogram says 0", () => {
  expect(new LatencyHistogram().summary()).toMatchObject({ count: 0, p50Us: 0, maxUs: 0 });
});

test("a summary is one line for people", () => {
  const histogram = new LatencyHistogram();
  for (let us = 1; us <= 100; us++) histogram.add(us);
  histogram.add(20_000);
  histogram.add(30_000_000);
  const text = latencyText(histogram.summary());
  expect(text).toStartWith("p50 51 us, p90 92 us, p99 20");
  expect(text).toEndWith("max 30.0 s");
});
