/** Cells as rows of PostgreSQL. */
import { META_RECORD_BYTES_MAX } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { AppendOutcome } from "../ports/meta-log.ts";
import { checkBlobName, checkBlobPrefix } from "./blob-name.ts";
import type { Cell, Cells } from "./cells.ts";
import { orUnknown } from "./patience.ts";
import type { SqlCalls } from "./sql-calls.ts";

export class SqlCells implements Cells {
  doubt: string | undefined = undefined;
  readonly bytesMax = 2 * META_RECORD_BYTES_MAX;
  readonly #calls: SqlCalls;
  readonly #crypto: Crypto;

  constructor(calls: SqlCalls, crypto: Crypto) {
    this.#calls = calls;
    this.#crypto = crypto;
  }

  get where(): string {
    return this.#calls.where;
  }

  async get(name: string): Promise<Cell | undefined> {
    checkBlobName(name);
    const text = "SELECT bytes, version FROM wallaroo_cells WHERE name = $1";
    const row = (await this.#calls.patient(text, [name]))[0];
    if (row === undefined) return undefined;
    return { bytes: bytesOf(row["bytes"]), version: String(row["version"]) };
  }

  async create(name: string, bytes: Uint8Array): Promise<AppendOutcome> {
    return await this.#write(
      "INSERT INTO wallaroo_cells (name, bytes, version) VALUES ($1, $2, $3) " +
        "ON CONFLICT DO NOTHING RETURNING 1 AS done",
      [name, Buffer.from(bytes), this.#version()],
    );
  }

  async replace(name: string, bytes: Uint8Array, version: string): Promise<AppendOutcome> {
    return await this.#write(
      "UPDATE wallaroo_cells SET bytes = $2, version = $3 " +
        "WHERE name = $1 AND version = $4 RETURNING 1 AS done",
      [name, Buffer.from(bytes), this.#version(), version],
    );
  }

  async list(prefix: string): Promise<readonly string[]> {
    checkBlobPrefix(prefix);
    const text =
      'SELECT name FROM wallaroo_cells WHERE starts_with(name, $1) ORDER BY name COLLATE "C"';
    return (await this.#calls.patient(text, [prefix])).map((row) => String(row["name"]));
  }

  async remove(name: string): Promise<void> {
    checkBlobName(name);
    await this.#calls.patient("DELETE FROM wallaroo_cells WHERE name = $1", [name]);
  }

  async #write(text: string, parameters: readonly unknown[]): Promise<AppendOutcome> {
    checkBlobName(String(parameters[0]));
    return await orUnknown(
      async () => {
        return (await this.#calls.once(text, parameters)).length > 0 ? "ok" : "taken";
      },
      (why) => (this.doubt = why),
    );
  }

  /** Never used twice, also when a row was removed and made again. */
  #version(): string {
    return this.#crypto.secret(12).toHex();
  }
}

/** A column of bytes. */
export function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError("a column of bytes holds bytes");
}
