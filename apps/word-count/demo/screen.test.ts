import { expect, test } from "bun:test";
import { list, type Picture, Screen, whole } from "./screen.ts";

const picture: Picture = {
  title: "Counting",
  elapsedMs: 1_200,
  updates: 4_820,
  perSecond: 2_410,
  top: [
    { word: "the", count: 1_200 },
    { word: "of", count: 600 },
  ],
};

function screenOf(isTTY: boolean): { screen: Screen; written: string[] } {
  const written: string[] = [];
  return { screen: new Screen({ isTTY, write: (text) => written.push(text) }), written };
}

test("on a terminal the second picture is drawn over the first", () => {
  const { screen, written } = screenOf(true);
  screen.draw(picture);
  screen.draw(picture);
  screen.close();
  const height = written[0]!.split("\n").length - 1;
  expect(written[0]).toContain("4,820 words counted, 2,410 words/s");
  expect(written[1]).toStartWith(`\x1b[${height}A`);
  expect(written.at(-1)).toBe("\x1b[?25h");
});

test("nothing is drawn after the end, and the cursor comes back once", () => {
  const { screen, written } = screenOf(true);
  screen.close();
  screen.draw(picture);
  screen.close();
  expect(written).toEqual(["\x1b[?25h"]);
});

test("a bar is as long as its word is frequent", () => {
  const { screen, written } = screenOf(true);
  screen.draw(picture);
  const bars = written[0]!.match(/█+/g)!.map((bar) => bar.length);
  expect(bars).toEqual([30, 15]);
});

test("elsewhere there is one plain line a second, without control characters", () => {
  const { screen, written } = screenOf(false);
  for (const elapsedMs of [200, 1_000, 1_400, 2_000, 2_600]) screen.draw({ ...picture, elapsedMs });
  screen.close();
  expect(written).toEqual([
    "Counting: 1.0 s, 4,820 words counted, 2,410 words/s; the 1,200, of 600\n",
    "Counting: 2.0 s, 4,820 words counted, 2,410 words/s; the 1,200, of 600\n",
  ]);
});

test("the list numbers the words", () => {
  expect(list(picture.top)).toBe("  1.  the          1,200\n  2.  of           600");
});

test.each([
  [0, "0"],
  [999, "999"],
  [1_000, "1,000"],
  [1_234_567.4, "1,234,567"],
])("%d is shown as %s", (value, expected) => {
  expect(whole(value)).toBe(expected);
});
