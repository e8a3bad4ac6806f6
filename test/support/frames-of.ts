/** Texts as the frames of a simulated input. */
import type { Frames } from "../../src/testing/simulated-input.ts";

export function framesOf(texts: readonly string[]): Frames {
  const all = texts.map((text) => Buffer.from(text));
  const ends = new Int32Array(all.length);
  let at = 0;
  all.forEach((one, i) => (ends[i] = at += one.length));
  const starts = ends.map((end, i) => end - all[i]!.length);
  return { bytes: Buffer.concat(all), starts, ends };
}
