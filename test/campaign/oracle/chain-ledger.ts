/** What has to come out of each key, from the ledger of what went in (pure). */
import { kindOf, link, readSent } from "../kill/app/records.ts";

/** Numbers for each record of a key: seq, hash, alike. */
export const WIDTH = 3;

/** Small, since there may be a million of them. */
interface KeyModel {
  readonly records: number[];
  /** How many records there are of each kind. */
  readonly kinds: number[];
}

const NONE: readonly number[] = [];

export class ChainLedger {
  readonly #keys = new Map<string, KeyModel>();
  sent = 0;

  /** A line of a ledger. Ledgers of several streams may be told in any order between them. */
  add(line: string): void {
    const record = readSent(line);
    let model = this.#keys.get(record.key);
    if (model === undefined) {
      model = { records: [], kinds: [] };
      this.#keys.set(record.key, model);
    }
    const kind = kindOf(record);
    const alike = (model.kinds[kind] ?? 0) + 1;
    model.kinds[kind] = alike;
    const before = model.records.at(1 - WIDTH) ?? 0;
    model.records.push(record.seq, link(before, record), alike);
    this.sent++;
  }

  keys(): Iterable<string> {
    return this.#keys.keys();
  }

  /** Of all records of a key, in order; `WIDTH` numbers for each. */
  of(key: string): readonly number[] {
    return this.#keys.get(key)?.records ?? NONE;
  }
}
