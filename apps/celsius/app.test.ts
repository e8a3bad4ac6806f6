import { expect, test } from "bun:test";
import { join } from "node:path";
import { decodeFrames, encodeFrames } from "../../test/support/frames.ts";
import { runApp } from "../../test/support/run-app.ts";
import app, { celsius, fahrenheit } from "./app.ts";

const bytesOf = (name: string) => Bun.file(join(import.meta.dir, name)).bytes();

test("1,000 temperatures come out as the expected bytes", async () => {
  const records = decodeFrames(await bytesOf("input/celsius.msg"), celsius);
  const result = await runApp(app, { sources: { celsius: records } });
  const out = encodeFrames(result["fahrenheit"] as { degrees: number }[], fahrenheit);
  expect(Buffer.compare(out, await bytesOf("expected/fahrenheit.msg"))).toBe(0);
});

test("water boils at 212, freezes at 32, and -40 is the same in both", async () => {
  const records = [100, 0, -40].map((degrees) => ({ degrees }));
  const result = await runApp(app, { sources: { celsius: records } });
  expect(result["fahrenheit"]).toEqual([{ degrees: 212 }, { degrees: 32 }, { degrees: -40 }]);
});
