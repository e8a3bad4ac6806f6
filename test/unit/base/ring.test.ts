import { expect, test } from "bun:test";
import fc from "fast-check";
import { Ring } from "../../../src/base/ring.ts";

test("a ring behaves as a bounded queue whatever is done to it", () => {
  const operation = fc.oneof(fc.constant("shift" as const), fc.constant("peek" as const), fc.nat());
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(operation), (wanted, operations) => {
      const ring = new Ring<number>(wanted);
      const model: number[] = [];
      for (const step of operations) {
        if (step === "shift") expect(ring.shift()).toBe(model.shift());
        else if (step === "peek") expect(ring.peek()).toBe(model[0]);
        else {
          const fits = model.length < ring.capacity;
          expect(ring.push(step)).toBe(fits);
          if (fits) model.push(step);
        }
        expect(ring.size).toBe(model.length);
        expect(ring.isFull).toBe(model.length === ring.capacity);
      }
      while (model.length > 0) expect(ring.shift()).toBe(model.shift());
      expect(ring.shift()).toBeUndefined();
    }),
  );
});

test.each([
  [0, 1],
  [1, 1],
  [3, 4],
  [4, 4],
  [1000, 1024],
])("a ring for %d holds %d", (wanted, capacity) => {
  expect(new Ring(wanted).capacity).toBe(capacity);
});
