/** Entries that wait as bytes, of values `{ n }`. */
import { ByteWriter } from "../../src/base/bytes.ts";
import { fieldReader, NameBook } from "../../src/codec/plain-names.ts";
import { writePlain } from "../../src/codec/plain-write.ts";
import { type Key, keyGroup } from "../../src/model/key.ts";
import { ColdBlock } from "../../src/state/cold-block.ts";
import { ColdEntries } from "../../src/state/cold-entries.ts";
import { writeEntry } from "../../src/state/value-bytes.ts";

export interface ColdChange {
  readonly key: Key;
  /** Undefined: the key is removed. */
  readonly n: number | undefined;
}

/** A file after the other, with one block of each. */
export function coldOf(files: readonly (readonly ColdChange[])[]): ColdEntries {
  const cold = new ColdEntries();
  for (const changes of files) {
    const names = new NameBook();
    const writer = new ByteWriter();
    const places = changes.map(({ key, n }) => {
      const at = writer.at;
      writePlain(key, writer);
      if (n === undefined) return { key, at, end: writer.at, isRemoval: true };
      writePlain(0, writer);
      writeEntry({ kind: "value" }, names, { n }, true, writer);
      return { key, at, end: writer.at, isRemoval: false };
    });
    const block = new ColdBlock(writer.take(), { kind: "value" }, names.lists.map(fieldReader));
    for (const { key, at, end, isRemoval } of places) {
      if (isRemoval) cold.drop(block, keyGroup(key), at, end);
      else cold.add(block, keyGroup(key), at, end);
    }
  }
  for (const _ of cold.finish());
  return cold;
}
