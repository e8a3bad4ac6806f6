/**
 * Where the records of one table in one file go while a state is read back: they become entries, or
 * wait as bytes until they are asked for.
 */
import type { ByteReader } from "../base/bytes.ts";
import { userError } from "../base/errors.ts";
import type { SegmentTable } from "../checkpoint/segment-form.ts";
import type { ReadFields } from "../codec/plain-names.ts";
import { PlainReader } from "../codec/plain-read.ts";
import type { Key } from "../model/key.ts";
import type { StateSpec } from "../model/state-spec.ts";
import { ColdBlock } from "../state/cold-block.ts";
import type { ColdEntries } from "../state/cold-entries.ts";
import { coldKeyEnd } from "../state/cold-group.ts";
import type { MemoryTable } from "../state/memory-backend.ts";
import { readEntry, type ValueForm } from "../state/value-bytes.ts";

interface TargetOptions {
  readonly into: MemoryTable<unknown>;
  /** Of the values in the file. */
  readonly form: ValueForm;
  readonly fields: readonly ReadFields[];
  /** Where values wait that need not be made now; undefined where all of them are. */
  readonly cold: ColdEntries | undefined;
}

export class RestoreTarget {
  readonly #options: TargetOptions;
  readonly #plain = new PlainReader();
  #block: ColdBlock | undefined = undefined;

  constructor(options: TargetOptions) {
    this.#options = options;
  }

  /** What is told from now on is read from a block of records, which is kept. */
  open(bytes: Uint8Array): void {
    const { cold, form, fields } = this.#options;
    this.#plain.open(bytes);
    if (cold !== undefined) this.#block = new ColdBlock(bytes, form, fields);
  }

  /** `from` is at a key that has no state any more. */
  remove(from: ByteReader, group: number): void {
    const { cold, into } = this.#options;
    const { at, end } = from;
    const keyEnd = cold === undefined ? -1 : coldKeyEnd(from.source, at, end);
    if (keyEnd === -1)
      into.forget(this.#plain.next(from) as Key); // What a table had written.
    else cold!.drop(this.#block!, group, at, end);
  }

  /** `from` is at the key of an entry. `isFirst`: nothing of the key was told before. */
  load(from: ByteReader, group: number, isFirst: boolean): void {
    const { cold } = this.#options;
    const { at, end } = from;
    const keyEnd = cold === undefined ? -1 : coldKeyEnd(from.source, at, end);
    if (keyEnd === -1) this.#make(from, group, isFirst);
    else cold!.add(this.#block!, group, at, end);
  }

  #make(from: ByteReader, group: number, isFirst: boolean): void {
    const { into, form, fields } = this.#options;
    const plain = this.#plain;
    const key = plain.next(from) as Key; // What a table had written.
    const touchedAt = plain.next(from) as number; // The same.
    const before = isFirst ? undefined : into.find(key);
    const value = readEntry(form, fields, before?.value, { plain, from });
    let entry = before;
    if (entry === undefined) {
      const own = Array.isArray(key) ? Object.freeze(key) : key;
      entry = into.restore(own, group, value, touchedAt);
    } else {
      entry.value = value;
      entry.touchedAt = touchedAt;
    }
    entry.saved = -1; // A file of the chain has it.
  }
}

/** The form of the values in a file: its kinds, and the codecs that the app has now. */
export function formIn(table: SegmentTable, spec: StateSpec<unknown>): ValueForm {
  const specs = new Map(spec.parts);
  const parts = table.parts.map(({ name, kind }, i): [string, ValueForm] => {
    const own = table.kind === "several" ? specs.get(name) : spec;
    const codec = table.codecs[i] === true ? own?.codec : undefined;
    if (table.codecs[i] === true && codec === undefined) {
      throw userError(
        "state_differs",
        `step "${table.step}": its state was kept by a codec of the app, and has none now`,
      );
    }
    const form = kind === "accumulator" ? "value" : kind;
    return [name, { kind: form, codec: codec as ValueForm["codec"] }];
  });
  if (table.kind === "several") return { kind: "several", parts };
  if (table.kind === "aggregate") return { kind: "value" };
  return parts[0]![1];
}

/** What a table of other values is made with, until they are made into those wanted now. */
export function specIn(table: SegmentTable): StateSpec<unknown> {
  return { kind: table.kind === "aggregate" ? "value" : table.kind, version: 1 };
}
