/** Blobs as objects of a bucket; a large one is sent in parts, of which one is held in memory. */
import { assert } from "../base/assert.ts";
import { externalError, WallarooError } from "../base/errors.ts";
import { BLOB_BYTES_MAX, S3_PART_BYTES } from "../model/limits.ts";
import type { BlobInfo, BlobStore, BlobWriter } from "../ports/blob-store.ts";
import type { HttpAnswer } from "../ports/http-client.ts";
import { checkBlobName, checkBlobPrefix } from "./blob-name.ts";
import { PieceBuffer } from "./piece-buffer.ts";
import type { S3Calls } from "./s3-calls.ts";
import { listObjects, valueIn } from "./s3-list.ts";

export class S3Blobs implements BlobStore {
  readonly #calls: S3Calls;

  constructor(calls: S3Calls) {
    this.#calls = calls;
  }

  async create(name: string): Promise<BlobWriter> {
    checkBlobName(name);
    return new S3BlobWriter(this.#calls, name);
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    checkBlobName(name);
    await putObject(this.#calls, name, bytes);
  }

  async read(name: string, start: number, end: number): Promise<Uint8Array> {
    checkBlobName(name);
    assert(end - start <= BLOB_BYTES_MAX, "what is read at once is within its limit");
    if (end <= start) return new Uint8Array(0);
    const headers = { range: `bytes=${start}-${end - 1}` };
    const bytesMax = BLOB_BYTES_MAX;
    const answer = await this.#calls.patient({ method: "GET", name, headers, bytesMax });
    if (answer.status === 416) return new Uint8Array(0);
    this.#found(name, answer);
    // A server that knows no ranges sends all of it.
    return answer.status === 200 ? answer.body.subarray(start, end) : answer.body;
  }

  async get(name: string): Promise<Uint8Array> {
    checkBlobName(name);
    const bytesMax = BLOB_BYTES_MAX;
    const answer = await this.#calls.patient({ method: "GET", name, bytesMax });
    this.#found(name, answer);
    return answer.body;
  }

  async stat(name: string): Promise<BlobInfo | undefined> {
    checkBlobName(name);
    const answer = await this.#calls.patient({ method: "HEAD", name });
    if (answer.status === 404) return undefined;
    this.#found(name, answer);
    const size = Number(answer.header("content-length"));
    return { name, size, modifiedMs: Date.parse(answer.header("last-modified") ?? "") };
  }

  async list(prefix: string): Promise<readonly BlobInfo[]> {
    checkBlobPrefix(prefix);
    return await listObjects(this.#calls, prefix);
  }

  async remove(name: string): Promise<void> {
    checkBlobName(name);
    await this.#calls.patient({ method: "DELETE", name });
  }

  #found(name: string, { status }: HttpAnswer): void {
    if (status === 200 || status === 206) return;
    if (status === 404) {
      throw externalError("not_found", `there is no ${name} in ${this.#calls.where}`);
    }
    throw unusable(this.#calls, name, status);
  }
}

class S3BlobWriter implements BlobWriter {
  readonly #calls: S3Calls;
  readonly #name: string;
  readonly #held = new PieceBuffer(S3_PART_BYTES);
  readonly #etags: string[] = [];
  #upload: string | undefined;
  #size = 0;
  #isDone = false;

  constructor(calls: S3Calls, name: string) {
    this.#calls = calls;
    this.#name = name;
  }

  async write(bytes: Uint8Array, start: number, end: number): Promise<void> {
    this.#size += end - start;
    for (let at = start; at < end;) {
      at = this.#held.add(bytes, at, end);
      if (this.#held.isFull) await this.#sendPart();
    }
  }

  async finish(): Promise<void> {
    if (this.#upload === undefined) {
      await putObject(this.#calls, this.#name, this.#held.bytes);
    } else {
      if (this.#held.bytes.length > 0) await this.#sendPart();
      await this.#complete(this.#upload);
    }
    this.#isDone = true;
  }

  async abort(): Promise<void> {
    if (this.#isDone || this.#upload === undefined) return;
    this.#isDone = true;
    const query = { uploadId: this.#upload };
    try {
      await this.#calls.once({ method: "DELETE", name: this.#name, query });
    } catch (error) {
      // The parts stay until the bucket's own rule for unfinished uploads removes them.
      if (!(error instanceof WallarooError)) throw error;
    }
  }

  async #sendPart(): Promise<void> {
    this.#upload ??= await this.#begin();
    const number = this.#etags.length + 1;
    const query = { partNumber: String(number), uploadId: this.#upload };
    const [name, body] = [this.#name, this.#held.bytes];
    const answer = await this.#calls.patient({ method: "PUT", name, query, body });
    const etag = answer.header("etag");
    if (answer.status !== 200 || etag === undefined)
      throw unusable(this.#calls, name, answer.status);
    this.#etags.push(etag);
    this.#held.clear();
  }

  async #begin(): Promise<string> {
    const [name, query] = [this.#name, { uploads: "" }];
    const answer = await this.#calls.patient({ method: "POST", name, query });
    const upload = valueIn(new TextDecoder().decode(answer.body), "UploadId");
    if (answer.status === 200 && upload !== undefined) return upload;
    throw unusable(this.#calls, name, answer.status);
  }

  async #complete(uploadId: string): Promise<void> {
    const parts = this.#etags.map(
      (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
    );
    const xml = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    const [name, query, body] = [this.#name, { uploadId }, new TextEncoder().encode(xml)];
    const answer = await this.#calls.patient({ method: "POST", name, query, body });
    // It fails late: the status alone does not say that it worked.
    const said = new TextDecoder().decode(answer.body);
    if (answer.status === 200 && said.includes("CompleteMultipartUploadResult")) return;
    // An answer that was lost: the first attempt did it, the second finds no upload.
    const there = await this.#calls.patient({ method: "HEAD", name });
    const size = there.status === 200 ? Number(there.header("content-length")) : -1;
    if (size !== this.#size) throw unusable(this.#calls, name, answer.status);
  }
}

async function putObject(calls: S3Calls, name: string, body: Uint8Array): Promise<void> {
  const { status } = await calls.patient({ method: "PUT", name, body });
  if (status !== 200) throw unusable(calls, name, status);
}

function unusable(calls: S3Calls, name: string, status: number): WallarooError {
  return externalError("store_unavailable", `${calls.where} answers ${status} for ${name}`);
}
