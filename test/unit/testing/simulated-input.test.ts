import { expect, test } from "bun:test";
import { app, file, generator, stdout, utf8 } from "../../../src/api/mod.ts";
import { Prng } from "../../../src/base/prng.ts";
import { memory } from "../../../src/connectors/memory/mod.ts";
import { checkInputs, inputSource } from "../../../src/testing/simulated-input.ts";
import { testWorld } from "../../support/connector-context.ts";
import { framesOf } from "../../support/frames-of.ts";

const texts = ["a", "bb", "", "cccc", "d"];

test("frames are read in batches from a position, each with one time in all runs", async () => {
  const original = { ...memory.source<string>([]), decode: utf8 };
  const progress = { frames: framesOf(texts), durable: 0 };
  const pace = { batch: 2, pauseMsMax: 0, prng: new Prng(1) };
  const source = inputSource(original, progress, undefined, pace);
  const readFrom = async (position: number | undefined) => {
    const reader = await source.open("input", position, testWorld().source);
    const seen: { text: unknown; time: number; at: unknown }[] = [];
    for await (const { count, bytes, starts, ends, times, positionOf } of reader.read()) {
      for (let i = 0; i < count; i++) {
        const text = Buffer.from(bytes!.subarray(starts![i], ends![i])).toString();
        seen.push({ text, time: times![i]!, at: positionOf!(i) });
      }
    }
    await reader.acknowledge(3);
    await reader.acknowledge(2);
    return seen;
  };
  const all = await readFrom(undefined);
  expect(all.map(({ text }) => text)).toEqual(texts);
  expect(all.map(({ at }) => at)).toEqual([0, 1, 2, 3, 4]);
  expect(new Set(all.map(({ time }) => time)).size).toBe(texts.length);
  expect(await readFrom(3)).toEqual(all.slice(3));
  expect(progress.durable).toBe(3);
});

test("each source that reads bytes needs an input, and no other may have one", async () => {
  const made = app("app", (flow) => {
    flow.source("in", file.read({ path: "a", decode: utf8 })).sink("out", stdout({ encode: utf8 }));
    flow
      .source("numbers", generator({ make: (i) => String(i), count: 3 }))
      .sink("more", stdout({ encode: utf8 }));
  });
  const pipeline = await made.build({});
  const check =
    (...names: readonly string[]) =>
    () =>
      checkInputs(pipeline, new Map(names.map((name) => [name, 1])));
  expect(check()).toThrow(/source "in" .* has no input: give it a file: --input in=FILE/);
  expect(check("in", "im")).toThrow(/--input im: .* no such source; it has: in, numbers/);
  expect(check("in", "numbers")).toThrow(/"numbers" .* makes records without bytes/);
  expect(check("in")).not.toThrow();
  const endless = app("app", (flow) => {
    flow
      .source("numbers", generator({ make: (i) => String(i) }))
      .sink("out", stdout({ encode: utf8 }));
  });
  const numbers = await endless.build({});
  expect(() => checkInputs(numbers, new Map())).toThrow(
    /source "numbers" \(generator, seed 0\) has no end: .*count: 1000/,
  );
});
