/** Signed requests to a bucket: what its answers mean, and which are worth another attempt. */
import { AwsV4Signer } from "aws4fetch";
import { externalError, messageOf, WallarooError } from "../base/errors.ts";
import { STORE_ANSWER_BYTES_MAX, STORE_REQUEST_MS } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { HttpAnswer, HttpCall, HttpClient } from "../ports/http-client.ts";
import { type Patience, patiently, type RequestLimit } from "./patience.ts";

export interface S3Place {
  /** Of the bucket, without `/` at the end: `https://bucket.s3.eu-west-1.amazonaws.com`. */
  readonly bucketUrl: string;
  /** Before each key: empty, or ends with `/`. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** As people name it, without secrets. */
  readonly where: string;
}

export interface S3Settings extends Patience, RequestLimit {
  readonly place: S3Place;
  readonly http: HttpClient;
  readonly crypto: Crypto;
}

export interface S3Call {
  readonly method: HttpCall["method"];
  /** A name below the prefix; empty for the bucket itself. */
  readonly name: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly bytesMax?: number;
}

/** Answers that callers decide about; all others are errors. */
const ANSWERS: ReadonlySet<number> = new Set([200, 204, 206, 404, 409, 412, 416]);
const PASSING: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

export class S3Calls {
  readonly where: string;
  readonly #settings: S3Settings;

  constructor(settings: S3Settings) {
    this.#settings = settings;
    this.where = settings.place.where;
  }

  get prefix(): string {
    return this.#settings.place.prefix;
  }

  /** For what may be done twice. @throws {WallarooError} `store_unavailable`, `store_refused` */
  async patient(call: S3Call): Promise<HttpAnswer> {
    return await patiently(this.#settings, () => this.once(call));
  }

  /** After `store_unavailable` it is unknown whether it was done. */
  async once(call: S3Call): Promise<HttpAnswer> {
    const answer = await this.#send(call);
    const { status } = answer;
    if (ANSWERS.has(status) && !(status === 404 && isNoBucket(answer))) return answer;
    const said = `${this.where} answers ${status}${codeIn(answer)} to ${call.method} ${call.name}`;
    if (PASSING.has(status)) throw externalError("store_unavailable", said);
    throw new WallarooError("store_refused", `${said}: ${adviceFor(status, call)}`, {
      domain: "external",
    });
  }

  async #send(call: S3Call): Promise<HttpAnswer> {
    const { http, withinMs = STORE_REQUEST_MS } = this.#settings;
    const signed = await this.#sign(call);
    try {
      return await http.send({
        ...signed,
        method: call.method,
        body: call.body,
        withinMs,
        bytesMax: call.bytesMax ?? STORE_ANSWER_BYTES_MAX,
      });
    } catch (error) {
      if (!(error instanceof WallarooError) || error.code !== "http_failed") throw error;
      throw externalError("store_unavailable", `${this.where}: ${messageOf(error)}`, error);
    }
  }

  async #sign({ method, name, query, headers, body }: S3Call): Promise<SignedCall> {
    const { place, crypto, clock } = this.#settings;
    const { region, accessKeyId, secretAccessKey, sessionToken } = place;
    const key = name === "" ? "" : place.prefix + name;
    const url = new URL(`${place.bucketUrl}/${key}`);
    for (const [field, value] of Object.entries(query ?? {})) url.searchParams.set(field, value);
    const hash = crypto.sha256(body ?? new Uint8Array(0)).toHex();
    const at = new Date(clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, "");
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...headers, "x-amz-content-sha256": hash },
      service: "s3",
      region,
      accessKeyId,
      secretAccessKey,
      datetime: at,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    });
    const signed = await signer.sign();
    return { url: signed.url.toString(), headers: Object.fromEntries(signed.headers.entries()) };
  }
}

interface SignedCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

function isNoBucket(answer: HttpAnswer): boolean {
  return codeIn(answer).includes("NoSuchBucket");
}

/** The code of S3 in an error, ` (NoSuchKey)`, or nothing. */
function codeIn({ body }: HttpAnswer): string {
  const code = /<Code>(\w{1,100})<\/Code>/.exec(new TextDecoder().decode(body.subarray(0, 4096)));
  return code === null ? "" : ` (${code[1]})`;
}

function adviceFor(status: number, { headers = {} }: S3Call): string {
  const isConditional = headers["if-match"] !== undefined || headers["if-none-match"] !== undefined;
  if (status === 501 && isConditional) {
    return (
      "it does not support conditional writes (If-None-Match and If-Match), without which two " +
      "coordinators could both decide there: use a store that does"
    );
  }
  if (status === 401 || status === 403) {
    return "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do with the bucket";
  }
  if (status === 404) return "make the bucket, or name another";
  if (status < 400) return "name the bucket's own region and endpoint";
  return "check endpoint, region and bucket";
}
