import { expect, test } from "bun:test";
import { raw } from "../../../../src/codec/raw.ts";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { stdin, stdout } from "../../../../src/connectors/stdio/mod.ts";
import { cutAt } from "../../../support/bytes.ts";
import { codeOf, MemoryStdio, settle, testWorld } from "../../../support/connector-context.ts";
import { LiveRead, recordsOf } from "../../../support/read-source.ts";
import { testSourceContract } from "../../../support/source-contract.ts";

const lines = stdin({ decode: utf8 });
const world = (chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) =>
  testWorld({ stdio: new MemoryStdio(chunks) });

testSourceContract("stdin", async () => ({
  source: lines,
  ctx: world([Buffer.from("a\nbb\n"), Buffer.from("c")]).source,
  records: [["a", "bb", "c"]],
  isResumable: false,
}));

const TEXT = Buffer.from("the cat\r\n\nKäfer 🪲\n漢字\r\nno end");
const TEXT_LINES = ["the cat", "", "Käfer 🪲", "漢字", "no end"];

test.each(Array.from({ length: TEXT.length }, (_, cut) => cut))(
  "lines of standard input survive a cut at byte %d",
  async (cut) => {
    const { source: ctx } = world(cutAt(TEXT, [cut, cut + 3]));
    expect(await recordsOf(lines, ctx, "stdin")).toEqual(TEXT_LINES);
  },
);

test("frames of standard input survive every cut", async () => {
  const bytes = Buffer.from([0, 2, 65, 66, 0, 0, 0, 3, 67, 68, 69]);
  const source = stdin({ decode: utf8, frame: "u16be" });
  for (let cut = 0; cut < bytes.length; cut++) {
    const { source: ctx } = world(cutAt(bytes, [cut]));
    expect(await recordsOf(source, ctx, "stdin")).toEqual(["AB", "", "CDE"]);
  }
});

test("input that ends within a frame is a failure or a warning, as onInvalid says", async () => {
  const cut = [Buffer.from([1, 65, 5, 66])];
  const failing = stdin({ decode: utf8, frame: "u8", onInvalid: "fail" });
  const reading = recordsOf(failing, world(cut).source, "stdin");
  await expect(reading).rejects.toThrow("standard input, frame 2, byte 2");
  const lenient = world(cut);
  expect(await recordsOf(stdin({ decode: utf8, frame: "u8" }), lenient.source, "stdin")).toEqual([
    "A",
  ]);
  expect(lenient.log.lines.length).toBe(1);
});

test("a frame above the limit ends the job with its place", async () => {
  const { source: ctx } = world([Buffer.from([0, 0, 0, 0, 255, 0, 0, 0, 1])]);
  const reading = recordsOf(stdin({ decode: raw, frame: "u32be" }), ctx, "stdin");
  await expect(reading).rejects.toThrow("standard input, frame 2, byte 4: frame of 4278190080");
});

test("a reader that waits for standard input ends when it is closed", async () => {
  async function* endless() {
    yield Buffer.from("a\nb");
    await new Promise<never>(() => {});
  }
  const { source: ctx } = world(endless());
  const reader = await lines.open("stdin", undefined, ctx);
  const live = new LiveRead(lines, reader);
  await settle();
  expect([live.values, live.end]).toEqual([["a"], undefined]);
  await reader[Symbol.asyncDispose]();
  await settle();
  expect(live.end).toBe("finished");
  // What is not a whole line yet is not made one by stopping.
  expect(live.values).toEqual(["a"]);
});

test("standard input cannot be read again from a position", async () => {
  expect(await codeOf(lines.open("stdin", 3, world([]).source))).toBe("bad_position");
});

test("bad options of stdin and stdout are refused", async () => {
  const options = (given: object) => ({ decode: utf8, encode: utf8, ...given });
  expect(await codeOf(() => stdin(options({ decode: undefined })))).toBe("bad_option");
  expect(await codeOf(() => stdin(options({ frame: "u64" })))).toBe("bad_frame");
  expect(await codeOf(() => stdout(options({ encode: undefined })))).toBe("bad_option");
  expect(await codeOf(() => stdout(options({ frame: "line" })))).toBe("bad_frame");
});
