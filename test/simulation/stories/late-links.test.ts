/** A link of a generation that is over is refused by the next. */
import { expect, test } from "bun:test";
import { runLateLinks } from "../late-links.ts";

test("a link that is made anew behind its generation's end costs nothing", () => {
  expect(runLateLinks().problem).toBeUndefined();
});
