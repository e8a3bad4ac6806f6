/** A block of a file that stays, since entries in it were not asked for yet. */
import { ByteReader } from "../base/bytes.ts";
import type { ReadFields } from "../codec/plain-names.ts";
import { PlainReader } from "../codec/plain-read.ts";
import type { ValueForm } from "./value-bytes.ts";

/** Records of one table in one block of a file: what they are read from, and how. */
export class ColdBlock {
  readonly from: ByteReader;
  readonly plain = new PlainReader();
  readonly form: ValueForm;
  readonly fields: readonly ReadFields[];

  /** `bytes` are kept, and must not change. */
  constructor(bytes: Uint8Array, form: ValueForm, fields: readonly ReadFields[]) {
    this.from = new ByteReader(bytes);
    this.plain.open(this.from.source);
    this.form = form;
    this.fields = fields;
  }
}
