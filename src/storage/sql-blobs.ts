/**
 * Blobs as rows of PostgreSQL, each cut into pieces of one size.
 *
 * B1. A blob has its name only when all its pieces are stored: they belong to an upload, and the
 *     row of the name says which.
 */
import { assert } from "../base/assert.ts";
import { externalError } from "../base/errors.ts";
import { BLOB_BYTES_MAX, SQL_PIECE_BYTES } from "../model/limits.ts";
import type { BlobInfo, BlobStore, BlobWriter } from "../ports/blob-store.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { SqlRow } from "../ports/sql.ts";
import { checkBlobName, checkBlobPrefix } from "./blob-name.ts";
import { PieceBuffer } from "./piece-buffer.ts";
import type { SqlCalls } from "./sql-calls.ts";
import { bytesOf } from "./sql-cells.ts";

const COLUMNS = "name, size, upload, extract(epoch FROM modified)::float8 * 1000 AS modified_ms";

export class SqlBlobs implements BlobStore {
  readonly #calls: SqlCalls;
  readonly #crypto: Crypto;

  constructor(calls: SqlCalls, crypto: Crypto) {
    this.#calls = calls;
    this.#crypto = crypto;
  }

  async create(name: string): Promise<BlobWriter> {
    checkBlobName(name);
    return new SqlBlobWriter(this.#calls, name, this.#crypto.secret(12).toHex());
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const writer = await this.create(name);
    await writer.write(bytes, 0, bytes.length);
    await writer.finish();
  }

  async read(name: string, start: number, end: number): Promise<Uint8Array> {
    const row = await this.#row(name);
    if (row === undefined) {
      throw externalError("not_found", `there is no ${name} in ${this.#calls.where}`);
    }
    const stop = Math.min(end, Number(row["size"]));
    assert(stop - start <= BLOB_BYTES_MAX, "what is read at once is within its limit");
    const bytes = new Uint8Array(Math.max(0, stop - start));
    for (let at = start; at < stop;) {
      const piece = await this.#piece(
        name,
        String(row["upload"]),
        Math.floor(at / SQL_PIECE_BYTES),
      );
      const from = at % SQL_PIECE_BYTES;
      const part = piece.subarray(from, from + stop - at);
      if (part.length === 0) throw this.#pieceMissing(name);
      bytes.set(part, at - start);
      at += part.length;
    }
    return bytes;
  }

  async get(name: string): Promise<Uint8Array> {
    const { size } = (await this.stat(name)) ?? { size: 0 };
    if (size > BLOB_BYTES_MAX) {
      throw externalError("too_large", `${name} has ${size} bytes, limit ${BLOB_BYTES_MAX}`);
    }
    return await this.read(name, 0, size);
  }

  async stat(name: string): Promise<BlobInfo | undefined> {
    const row = await this.#row(name);
    return row === undefined ? undefined : infoOf(row);
  }

  async list(prefix: string): Promise<readonly BlobInfo[]> {
    checkBlobPrefix(prefix);
    const rows = await this.#calls.patient(
      `SELECT ${COLUMNS} FROM wallaroo_blobs WHERE starts_with(name, $1) ` +
        'ORDER BY name COLLATE "C"',
      [prefix],
    );
    return rows.map(infoOf);
  }

  async remove(name: string): Promise<void> {
    checkBlobName(name);
    await this.#calls.patient(
      "WITH gone AS (DELETE FROM wallaroo_blobs WHERE name = $1 RETURNING upload) " +
        "DELETE FROM wallaroo_pieces USING gone WHERE wallaroo_pieces.upload = gone.upload",
      [name],
    );
  }

  async #row(name: string): Promise<SqlRow | undefined> {
    checkBlobName(name);
    const text = `SELECT ${COLUMNS} FROM wallaroo_blobs WHERE name = $1`;
    return (await this.#calls.patient(text, [name]))[0];
  }

  async #piece(name: string, upload: string, piece: number): Promise<Uint8Array> {
    const text = "SELECT bytes FROM wallaroo_pieces WHERE upload = $1 AND piece = $2";
    const row = (await this.#calls.patient(text, [upload, piece]))[0];
    if (row === undefined) throw this.#pieceMissing(name);
    return bytesOf(row["bytes"]);
  }

  #pieceMissing(name: string): Error {
    return externalError(
      "not_found",
      `${name} in ${this.#calls.where} was removed or is not whole`,
    );
  }
}

class SqlBlobWriter implements BlobWriter {
  readonly #calls: SqlCalls;
  readonly #name: string;
  readonly #upload: string;
  readonly #held = new PieceBuffer(SQL_PIECE_BYTES);
  #pieces = 0;
  #size = 0;
  #isDone = false;

  constructor(calls: SqlCalls, name: string, upload: string) {
    this.#calls = calls;
    this.#name = name;
    this.#upload = upload;
  }

  async write(bytes: Uint8Array, start: number, end: number): Promise<void> {
    this.#size += end - start;
    for (let at = start; at < end;) {
      at = this.#held.add(bytes, at, end);
      if (this.#held.isFull) await this.#store();
    }
  }

  async finish(): Promise<void> {
    if (this.#held.bytes.length > 0) await this.#store();
    // B1. What the name stood for before goes in the same statement.
    await this.#calls.patient(
      "WITH old AS (SELECT upload FROM wallaroo_blobs WHERE name = $1 AND upload <> $2), " +
        "gone AS (DELETE FROM wallaroo_pieces p USING old WHERE p.upload = old.upload) " +
        "INSERT INTO wallaroo_blobs (name, upload, size) VALUES ($1, $2, $3) " +
        "ON CONFLICT (name) DO UPDATE SET upload = $2, size = $3, modified = now()",
      [this.#name, this.#upload, this.#size],
    );
    this.#isDone = true;
  }

  async abort(): Promise<void> {
    if (this.#isDone || this.#pieces === 0) return;
    this.#isDone = true;
    await this.#calls.patient("DELETE FROM wallaroo_pieces WHERE upload = $1", [this.#upload]);
  }

  async #store(): Promise<void> {
    await this.#calls.patient(
      "INSERT INTO wallaroo_pieces (upload, piece, bytes) VALUES ($1, $2, $3) " +
        "ON CONFLICT DO NOTHING",
      [this.#upload, this.#pieces, Buffer.from(this.#held.bytes)],
    );
    this.#pieces++;
    this.#held.clear();
  }
}

function infoOf(row: SqlRow): BlobInfo {
  return {
    name: String(row["name"]),
    size: Number(row["size"]),
    modifiedMs: Number(row["modified_ms"]),
  };
}
