import { expect, test } from "bun:test";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { writePlain } from "../../../src/codec/plain-write.ts";
import { ColdBlock } from "../../../src/state/cold-block.ts";

test("records of a block are read in any order", () => {
  const writer = new ByteWriter();
  const values = ["a", 7, 0.5, { x: [1, 2] }, "a longer text than before"];
  const places = values.map((value) => {
    const at = writer.at;
    writePlain(value, writer);
    return at;
  });
  const { from, plain } = new ColdBlock(writer.take(), { kind: "value" }, []);
  const { end } = from;
  for (const i of [3, 0, 4, 2, 1, 2]) {
    from.at = places[i]!;
    from.end = places[i + 1] ?? end;
    expect(plain.next(from)).toEqual(values[i]);
  }
});
