import { expect, test } from "bun:test";
import { ByteReader, ByteWriter } from "../../../src/base/bytes.ts";
import type { SegmentTable } from "../../../src/checkpoint/segment-form.ts";
import { NameBook } from "../../../src/codec/plain-names.ts";
import { writePlain } from "../../../src/codec/plain-write.ts";
import { type Key, keyGroup } from "../../../src/model/key.ts";
import { ColdEntries } from "../../../src/state/cold-entries.ts";
import { MemoryTable } from "../../../src/state/memory-backend.ts";
import { writeEntry } from "../../../src/state/value-bytes.ts";
import { formIn, RestoreTarget, specIn } from "../../../src/worker/restore-target.ts";
import { headerOf } from "../../support/snapshot-lab.ts";

const FORM = { kind: "value" } as const;
const table = () => new MemoryTable({ step: "s", namespace: "" }, { kind: "value", version: 1 });

function told(to: RestoreTarget, key: Key, value?: unknown, isFirst = false): void {
  const writer = new ByteWriter();
  writePlain(key, writer);
  if (value !== undefined) {
    writePlain(5, writer);
    writeEntry(FORM, new NameBook(), value, true, writer);
  }
  const bytes = writer.take();
  to.open(bytes);
  const from = new ByteReader(bytes);
  if (value === undefined) to.remove(from, keyGroup(key));
  else to.load(from, keyGroup(key), isFirst);
}

test("records become entries that a file has", () => {
  const into = table();
  const to = new RestoreTarget({ into, form: FORM, fields: [], cold: undefined });
  told(to, "a", 1, true);
  told(to, "a", 2);
  told(to, "b", 3, true);
  told(to, "b");
  const entry = into.find("a")!;
  expect([into.size, entry.value, entry.touchedAt, entry.saved]).toEqual([1, 2, 5, -1]);
});

test("where values may wait, only keys whose bytes do not tell enough become entries", () => {
  const into = table();
  const cold = new ColdEntries();
  const to = new RestoreTarget({ into, form: FORM, fields: [], cold });
  for (const key of ["a", ["x", 1], 0.5, 7]) told(to, key, 1, true);
  told(to, 7);
  told(to, ["x", 1]);
  for (const _ of cold.finish());
  expect([into.size, cold.size]).toEqual([1, 1]);
  expect(cold.take("a", keyGroup("a"))!.value).toBe(1);
  expect(into.find(0.5)!.value).toBe(1);
});

test("a state that was kept by a codec is not read without it", () => {
  const spec = { kind: "value", version: 1 } as const;
  const kept: SegmentTable = { ...headerOf("count", spec), codecs: [true] };
  expect(() => formIn(kept, spec)).toThrow(/"count": its state was kept by a codec of the app/);
  expect(formIn({ ...kept, codecs: [false] }, spec)).toEqual({ kind: "value", codec: undefined });
  expect(specIn(kept)).toEqual({ kind: "value", version: 1 });
});
