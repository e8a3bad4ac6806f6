import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Key, keyGroup } from "../../../src/model/key.ts";
import { coldOf } from "../../support/cold.ts";

const key = fc.oneof(
  fc.nat({ max: 30 }),
  fc.constantFrom("", "a", "1", "ü", "x".repeat(64), -1, true, false, 128, 1e9),
);
const change = fc.record({ key, n: fc.option(fc.nat(), { nil: undefined }) });
const files = fc.array(fc.array(change, { maxLength: 40 }), { maxLength: 6 });

test("each key has what it was given last, once, by its own name or by its group's", () => {
  fc.assert(
    fc.property(files, fc.array(key), (given, asked) => {
      const wanted = new Map<Key, number>();
      for (const { key, n } of given.flat()) {
        if (n === undefined) wanted.delete(key);
        else wanted.set(key, n);
      }
      const cold = coldOf(given);
      expect(cold.size).toBe(wanted.size);
      for (const one of asked) {
        const n = wanted.get(one);
        wanted.delete(one);
        const found = cold.take(one, keyGroup(one));
        expect(found?.key).toBe(n === undefined ? undefined : one);
        expect(found?.value).toEqual(n === undefined ? undefined : { n });
      }
      const rest = new Map<Key, unknown>();
      for (let group = 0; group < 256; group++) {
        const left = cold.sizeOf(group);
        for (let i = 0; i < left; i++) {
          const { key, value, group: of } = cold.takeOf(group)!;
          expect([keyGroup(key), rest.has(key)]).toEqual([of, false]);
          rest.set(key, value);
        }
        expect(cold.takeOf(group)).toBeUndefined();
      }
      expect(rest).toEqual(new Map([...wanted].map(([one, n]) => [one, { n }])));
      expect(cold.size).toBe(0);
    }),
  );
});

test("0 and -0 are one key", () => {
  const cold = coldOf([[{ key: 0, n: 7 }]]);
  expect(cold.take(-0, keyGroup(-0))).toEqual({
    key: 0,
    group: keyGroup(0),
    value: { n: 7 },
    touchedAt: 0,
  });
});
