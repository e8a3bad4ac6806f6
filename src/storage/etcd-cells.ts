/** Cells as keys of etcd, over its HTTP gateway. */
import { externalError, messageOf, WallarooError } from "../base/errors.ts";
import {
  ETCD_VALUE_BYTES_MAX,
  STORE_ANSWER_BYTES_MAX,
  STORE_PAGE_NAMES,
  STORE_REQUEST_MS,
} from "../model/limits.ts";
import type { HttpClient } from "../ports/http-client.ts";
import type { AppendOutcome } from "../ports/meta-log.ts";
import { checkBlobName, checkBlobPrefix } from "./blob-name.ts";
import type { Cell, Cells } from "./cells.ts";
import { orUnknown, type Patience, patiently, type RequestLimit } from "./patience.ts";

export interface EtcdSettings extends Patience, RequestLimit {
  readonly http: HttpClient;
  /** `http://host:port`. */
  readonly endpoint: string;
  /** Before each key. */
  readonly prefix: string;
  /** As people name it, without secrets. */
  readonly where: string;
}

interface EtcdEntry {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
}

/** What we read of the answers of the gateway; fields that hold nothing are left out by it. */
interface EtcdAnswer {
  readonly succeeded?: boolean;
  readonly more?: boolean;
  readonly kvs?: readonly EtcdEntry[];
}

export class EtcdCells implements Cells {
  doubt: string | undefined = undefined;
  readonly bytesMax = ETCD_VALUE_BYTES_MAX;
  readonly where: string;
  readonly #settings: EtcdSettings;

  constructor(settings: EtcdSettings) {
    this.where = settings.where;
    this.#settings = settings;
  }

  async get(name: string): Promise<Cell | undefined> {
    const { kvs } = await this.#patient("range", { key: this.#key(name) });
    const entry = kvs?.[0];
    if (entry === undefined) return undefined;
    return { bytes: Uint8Array.fromBase64(entry.value ?? ""), version: entry.mod_revision };
  }

  async create(name: string, bytes: Uint8Array): Promise<AppendOutcome> {
    return await this.#put(name, bytes, { target: "CREATE", create_revision: "0" });
  }

  async replace(name: string, bytes: Uint8Array, version: string): Promise<AppendOutcome> {
    return await this.#put(name, bytes, { target: "MOD", mod_revision: version });
  }

  async list(prefix: string): Promise<readonly string[]> {
    checkBlobPrefix(prefix);
    const { prefix: before } = this.#settings;
    const names: string[] = [];
    // The byte 0xff is in no name: the range ends behind all that begin with the prefix.
    const end = Buffer.from(`${before}${prefix}\xff`, "latin1").toString("base64");
    for (let from = before + prefix, more = true; more;) {
      const limit = String(STORE_PAGE_NAMES);
      const range = { key: base64(from), range_end: end, keys_only: true, limit };
      const answer = await this.#patient("range", range);
      for (const { key } of answer.kvs ?? []) {
        const name = Buffer.from(key, "base64").toString();
        names.push(name.slice(before.length));
        from = `${name}\0`;
      }
      more = answer.more === true;
    }
    return names;
  }

  async remove(name: string): Promise<void> {
    await this.#patient("deleterange", { key: this.#key(name) });
  }

  async #put(
    name: string,
    bytes: Uint8Array,
    condition: Readonly<Record<string, string>>,
  ): Promise<AppendOutcome> {
    const key = this.#key(name);
    return await orUnknown(
      async () => {
        const { succeeded } = await this.#once("txn", {
          compare: [{ key, result: "EQUAL", ...condition }],
          success: [{ request_put: { key, value: Buffer.from(bytes).toString("base64") } }],
        });
        return succeeded === true ? "ok" : "taken";
      },
      (why) => (this.doubt = why),
    );
  }

  async #patient(call: string, request: unknown): Promise<EtcdAnswer> {
    return await patiently(this.#settings, () => this.#once(call, request));
  }

  async #once(call: string, request: unknown): Promise<EtcdAnswer> {
    const { http, endpoint, withinMs = STORE_REQUEST_MS } = this.#settings;
    try {
      const { status, body } = await http.send({
        method: "POST",
        url: `${endpoint}/v3/kv/${call}`,
        headers: { "content-type": "application/json" },
        body: new TextEncoder().encode(JSON.stringify(request)),
        withinMs,
        bytesMax: STORE_ANSWER_BYTES_MAX,
      });
      const text = new TextDecoder().decode(body);
      if (status === 200) return answerOf(text);
      const said = `${this.where} answers ${status}: ${text.slice(0, 200)}`;
      // The gateway says 4xx where the request is wrong, which no further attempt mends.
      if (status >= 500 || status === 408 || status === 429) {
        throw externalError("store_unavailable", said);
      }
      throw new WallarooError("store_refused", said, { domain: "external" });
    } catch (error) {
      if (error instanceof WallarooError && error.code !== "http_failed") throw error;
      throw externalError("store_unavailable", `${this.where}: ${messageOf(error)}`, error);
    }
  }

  #key(name: string): string {
    checkBlobName(name);
    return base64(this.#settings.prefix + name);
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** The gateway is trusted to answer in its own form: every field is checked where it is used. */
function answerOf(text: string): EtcdAnswer {
  const answer: unknown = JSON.parse(text);
  if (typeof answer === "object" && answer !== null) return answer;
  throw externalError("store_unavailable", "etcd gave an answer that is no object");
}
