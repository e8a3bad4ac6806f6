import { expect, test } from "bun:test";
import { comparePlaces } from "../../../src/ports/record-log.ts";

test("places grow by segment, then by offset", () => {
  const places = [
    { segment: 2, offset: 0 },
    { segment: 1, offset: 900 },
    { segment: 1, offset: 32 },
  ];
  expect(places.toSorted(comparePlaces)).toEqual(places.toReversed());
  expect(comparePlaces({ segment: 1, offset: 2 }, { segment: 1, offset: 2 })).toBe(0);
});
