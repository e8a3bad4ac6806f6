import { expect, test } from "bun:test";
import { join } from "node:path";
import { readFrames, testApp, writeFrames } from "wallaroo/testing";
import app, { celsius, fahrenheit } from "./app.ts";

const bytesOf = (name: string) => Bun.file(join(import.meta.dir, name)).bytes();

test("1,000 temperatures come out as the expected bytes", async () => {
  await using t = await testApp(app);
  t.feed("celsius", readFrames(await bytesOf("input/celsius.msg"), celsius));
  const out = writeFrames(await t.collect<{ degrees: number }>("fahrenheit"), fahrenheit);
  expect(Buffer.compare(out, await bytesOf("expected/fahrenheit.msg"))).toBe(0);
});

test("water boils at 212, freezes at 32, and -40 is the same in both", async () => {
  await using t = await testApp(app);
  t.feed(
    "celsius",
    [100, 0, -40].map((degrees) => ({ degrees })),
  );
  const fahrenheits = await t.collect("fahrenheit");
  expect(fahrenheits).toEqual([{ degrees: 212 }, { degrees: 32 }, { degrees: -40 }]);
});
