import { expect, test } from "bun:test";
import { LiveLine } from "../../../src/cli/live-line.ts";
import { FakeOut } from "../../support/fake-io.ts";

test("a line takes the place of the one before, and is cleared once for other text", () => {
  const out = new FakeOut(true);
  const line = new LiveLine(out);
  expect(line.clear).toBe("");
  line.show("one");
  line.show("two");
  expect(out.text).toBe("\r\x1b[2Kone\r\x1b[2Ktwo");
  expect(line.clear).toBe("\r\x1b[2K");
  expect(line.clear).toBe("");
});

test("a terminal that is slow gets no second line before the first has left", async () => {
  const left = Promise.withResolvers<void>();
  const shown: string[] = [];
  const slow = new FakeOut(true);
  slow.write = (data) => {
    shown.push(String(data));
    return left.promise as unknown as void;
  };
  const line = new LiveLine(slow);
  line.show("one");
  line.show("two");
  expect(shown).toHaveLength(1);
  left.resolve();
  await left.promise;
  await Promise.resolve();
  line.show("three");
  expect(shown).toHaveLength(2);
});
