/** Cells as objects of a bucket, written under `If-None-Match` and `If-Match`. */
import { externalError } from "../base/errors.ts";
import { META_RECORD_BYTES_MAX } from "../model/limits.ts";
import type { AppendOutcome } from "../ports/meta-log.ts";
import { checkBlobName, checkBlobPrefix } from "./blob-name.ts";
import type { Cell, Cells } from "./cells.ts";
import { orUnknown } from "./patience.ts";
import type { S3Calls } from "./s3-calls.ts";
import { listObjects } from "./s3-list.ts";

export class S3Cells implements Cells {
  doubt: string | undefined = undefined;
  readonly bytesMax = META_RECORD_BYTES_MAX;
  readonly #calls: S3Calls;

  constructor(calls: S3Calls) {
    this.#calls = calls;
  }

  get where(): string {
    return this.#calls.where;
  }

  async get(name: string): Promise<Cell | undefined> {
    checkBlobName(name);
    const bytesMax = 2 * META_RECORD_BYTES_MAX;
    const answer = await this.#calls.patient({ method: "GET", name, bytesMax });
    if (answer.status === 404) return undefined;
    const version = answer.header("etag");
    if (answer.status === 200 && version !== undefined) return { bytes: answer.body, version };
    throw externalError("store_unavailable", `${this.where}: no usable answer for ${name}`);
  }

  async create(name: string, bytes: Uint8Array): Promise<AppendOutcome> {
    return await this.#put(name, bytes, { "if-none-match": "*" });
  }

  async replace(name: string, bytes: Uint8Array, version: string): Promise<AppendOutcome> {
    return await this.#put(name, bytes, { "if-match": version });
  }

  async list(prefix: string): Promise<readonly string[]> {
    checkBlobPrefix(prefix);
    return (await listObjects(this.#calls, prefix)).map(({ name }) => name);
  }

  async remove(name: string): Promise<void> {
    checkBlobName(name);
    await this.#calls.patient({ method: "DELETE", name });
  }

  async #put(
    name: string,
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
  ): Promise<AppendOutcome> {
    checkBlobName(name);
    return await orUnknown(
      async () => {
        const { status } = await this.#calls.once({ method: "PUT", name, headers, body });
        if (status === 200) return "ok";
        // 409: another write to the name is under way, and may win or fail.
        return status === 409 ? "unknown" : "taken";
      },
      (why) => (this.doubt = why),
    );
  }
}
