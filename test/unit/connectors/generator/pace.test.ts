import { expect, test } from "bun:test";
import fc from "fast-check";
import { Pace } from "../../../../src/connectors/generator/pace.ts";
import { FakeClock } from "../../../support/fake-clock.ts";

test("whatever the rate, waiting as told never finds a record too early or missing", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 1e6, noNaN: true }), (rate) => {
      const clock = new FakeClock(0);
      const pace = new Pace(clock, rate);
      let taken = 0;
      for (let turn = 0; turn < 50; turn++) {
        const due = pace.due(512);
        pace.took(due);
        taken += due;
        const isDue = (clock.monotonic() * rate) / 1000 + 1;
        expect(taken).toBeLessThanOrEqual(isDue + 1e-3);
        if (due === 0) {
          clock.advance(pace.waitMs());
          expect(pace.due(512)).toBeGreaterThan(0);
        }
      }
    }),
  );
});

test("without a rate everything is due", () => {
  const pace = new Pace(new FakeClock(), undefined);
  expect([pace.due(512), pace.waitMs()]).toEqual([512, 0]);
});
