/** An S3 server in this process: conditions, pages, ranges, parts, and what goes wrong. */
import { createHash } from "node:crypto";

/** `lost`: done, and the answer is an error. `refused`: not done. `late`: an error now, and done
 *  when `applyLate` is called. */
export type S3Fault = "lost" | "refused" | "conflict" | "late" | "unsupported" | undefined;

interface S3Object {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

export class FakeS3 {
  readonly objects = new Map<string, S3Object>();
  readonly #uploads = new Map<string, Map<number, Uint8Array>>();
  readonly #late: (() => void)[] = [];
  readonly #server: Bun.Server<undefined>;
  ignoresConditions = false;
  /** Names of one page. */
  pageNames = 3;
  fault: (method: string, key: string) => S3Fault = () => undefined;
  /** Requests wait for it before anything is done. */
  hold: Promise<void> | undefined = undefined;
  requests: string[] = [];
  #count = 0;

  constructor() {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => await this.#answer(request),
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  /** What came late arrives now. */
  applyLate(): void {
    for (const apply of this.#late.splice(0)) apply();
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const key = url.pathname.replace(/^\/[^/]+\/?/, "");
    const body = new Uint8Array(await request.arrayBuffer());
    this.requests.push(`${request.method} ${key}`);
    await this.hold;
    const { headers } = request;
    if (!(headers.get("authorization") ?? "").startsWith("AWS4-HMAC-SHA256 Credential=")) {
      return failed(403, "AccessDenied");
    }
    const hash = createHash("sha256").update(body).digest("hex");
    if (headers.get("x-amz-content-sha256") !== hash) return failed(400, "BadDigest");
    const act = (): Response => this.#act(request.method, key, url.searchParams, headers, body);
    const fault = this.fault(request.method, key);
    if (fault === "refused") return failed(503, "SlowDown");
    if (fault === "unsupported") return failed(501, "NotImplemented");
    if (fault === "conflict") return failed(409, "ConditionalRequestConflict");
    if (fault === "late") {
      this.#late.push(() => act());
      return failed(500, "InternalError");
    }
    const answer = act();
    return fault === "lost" ? failed(500, "InternalError") : answer;
  }

  #act(
    method: string,
    key: string,
    query: URLSearchParams,
    headers: Headers,
    body: Uint8Array,
  ): Response {
    if (key === "") return this.#list(query);
    const upload = query.get("uploadId");
    if (method === "POST" && query.has("uploads")) {
      const id = `upload-${++this.#count}`;
      this.#uploads.set(id, new Map());
      return xml(`<R><UploadId>${id}</UploadId></R>`);
    }
    if (upload !== null) return this.#part(method, key, { upload, query, body });
    if (method === "PUT") return this.#put(key, headers, body);
    if (method === "DELETE") {
      this.objects.delete(key);
      return new Response(null, { status: 204 });
    }
    return this.#get(key, headers);
  }

  #put(key: string, headers: Headers, bytes: Uint8Array): Response {
    const there = this.objects.get(key);
    if (!this.ignoresConditions) {
      if (headers.get("if-none-match") === "*" && there !== undefined) {
        return failed(412, "PreconditionFailed");
      }
      const match = headers.get("if-match");
      if (match !== null && there === undefined) return failed(404, "NoSuchKey");
      if (match !== null && there?.etag !== match) return failed(412, "PreconditionFailed");
    }
    const etag = `"${createHash("md5").update(bytes).digest("hex")}"`;
    this.objects.set(key, { bytes, etag });
    return new Response(null, { status: 200, headers: { etag } });
  }

  #get(key: string, headers: Headers): Response {
    const object = this.objects.get(key);
    if (object === undefined) return failed(404, "NoSuchKey");
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "");
    const fields = { etag: object.etag, "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT" };
    if (range === null) return new Response(Buffer.from(object.bytes), { headers: fields });
    const [start, end] = [Number(range[1]), Number(range[2]) + 1];
    if (start >= object.bytes.length) return failed(416, "InvalidRange");
    const part = Buffer.from(object.bytes.subarray(start, end));
    return new Response(part, { status: 206, headers: fields });
  }

  #part(
    method: string,
    key: string,
    { upload, query, body }: { upload: string; query: URLSearchParams; body: Uint8Array },
  ): Response {
    const parts = this.#uploads.get(upload);
    if (parts === undefined) return failed(404, "NoSuchUpload");
    if (method === "PUT") {
      parts.set(Number(query.get("partNumber")), body);
      return new Response(null, { status: 200, headers: { etag: `"${query.get("partNumber")}"` } });
    }
    this.#uploads.delete(upload);
    if (method === "DELETE") return new Response(null, { status: 204 });
    const whole = Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
    this.objects.set(key, { bytes: new Uint8Array(whole), etag: `"${upload}"` });
    return xml("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>");
  }

  #list(query: URLSearchParams): Response {
    const [prefix, after] = [query.get("prefix") ?? "", query.get("continuation-token") ?? ""];
    const all = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const rest = all.filter((key) => key > after);
    const page = rest.slice(0, this.pageNames);
    const more = rest.length > page.length;
    const items = page.map(
      (key) =>
        `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>` +
        `<Size>${this.objects.get(key)!.bytes.length}</Size></Contents>`,
    );
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
    return xml(
      `<ListBucketResult><IsTruncated>${more}</IsTruncated>${items.join("")}${next}` +
        "</ListBucketResult>",
    );
  }
}

function failed(status: number, code: string): Response {
  return new Response(`<Error><Code>${code}</Code></Error>`, { status });
}

function xml(text: string): Response {
  return new Response(text, { headers: { "content-type": "application/xml" } });
}
