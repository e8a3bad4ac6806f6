/** Asks a coordinator by HTTP, with the token of its folder. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { externalError, messageOf, userError } from "../base/errors.ts";
import { OWN_HEADER } from "../ports/http-server.ts";
import { connectWhy } from "../transport/tcp-errors.ts";
import { unreadToken } from "../host/unread-token.ts";
import { type FetchTls, type GivenReach, reachOf } from "./client-tls.ts";
import { flag, option } from "./command.ts";
import { DATA_FOLDER, DEFAULT_HTTP } from "./cluster-defaults.ts";
import { TLS_OPTIONS } from "./tls-options.ts";
import { addressText, httpUrl, word } from "./values.ts";

const ANSWER_MS = 30_000;
const SERVER_SHOWN_MAX = 100;

/** Options of every command that asks. */
export const CLIENT_OPTIONS = {
  coordinator: option("URL", "the coordinator", httpUrl, `http://${addressText(DEFAULT_HTTP)}`),
  data: option("DIR", "where the coordinator keeps its token", word, DATA_FOLDER, {
    hint: "folder",
  }),
  tokenFile: option("FILE", "the secret of the cluster (DIR/token)", word, undefined, {
    hint: "file",
  }),
  ...TLS_OPTIONS,
  insecure: flag("send the token beyond this machine without encryption"),
};

export interface ClientSettings extends GivenReach {
  readonly data: string;
  readonly tokenFile: string | undefined;
}

export class ClusterClient {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #tls: FetchTls;

  private constructor(url: string, token: string | undefined, tls: FetchTls) {
    this.#url = url;
    this.#token = token;
    this.#tls = tls;
  }

  /** @throws {WallarooError} `bad_token_file`, `bad_certificate`, `not_loopback` */
  static async open(settings: ClientSettings, cwd: string): Promise<ClusterClient> {
    const { url, tls } = await reachOf(settings, cwd);
    return new ClusterClient(url, await clusterToken(settings, cwd), tls);
  }

  async get<T>(path: string): Promise<T> {
    return await this.#ask<T>("GET", path, undefined);
  }

  async post<T>(path: string, body: object): Promise<T> {
    return await this.#ask<T>("POST", path, JSON.stringify(body));
  }

  async remove<T>(path: string): Promise<T> {
    return await this.#ask<T>("DELETE", path, undefined);
  }

  async #ask<T>(method: string, path: string, body: string | undefined): Promise<T> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.#url}${path}`, {
        method,
        tls: this.#tls,
        signal: AbortSignal.timeout(ANSWER_MS),
        ...(body === undefined ? {} : { body }),
        ...(this.#token === undefined
          ? {}
          : { headers: { authorization: `Bearer ${this.#token}` } }),
      });
      text = await response.text();
    } catch (error) {
      throw externalError(
        "no_coordinator",
        `no answer from ${this.#url}: ${connectWhy(error)}; is \`wallaroo coordinator\` there, ` +
          `and is --coordinator its address?${this.#hint(error)}`,
      );
    }
    return answerIn(this.#url, answeredBy(response, text)) as T; // Our server's, by contract.
  }

  /** What it may be when a connection breaks off. */
  #hint(error: unknown): string {
    if (!/ECONNRESET|EPROTO|self.signed|SELF_SIGNED/.test(messageOf(error))) return "";
    if (this.#tls.cert === undefined)
      return " If it speaks TLS, give --tls-cert, --tls-key, --tls-ca";
    return " It may not speak TLS, or not accept our certificate";
  }
}

/** The secret of a cluster; undefined where there is no file of it: who is asked says then that it
 *  wants one. @throws {WallarooError} `bad_token_file` when a file that is named cannot be read */
export async function clusterToken(
  { data, tokenFile }: Pick<ClientSettings, "data" | "tokenFile">,
  cwd: string,
): Promise<string | undefined> {
  const path = resolve(cwd, tokenFile ?? `${data}/token`);
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (tokenFile === undefined) return undefined;
    throw unreadToken(path, error);
  }
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  /** Whether a server of ours answered. */
  readonly isOurs: boolean;
  /** What it calls itself. */
  readonly server: string | undefined;
}

export function answeredBy({ status, headers }: Response, text: string): Answered {
  return { status, text, isOurs: headers.has(OWN_HEADER), server: serverOf(headers) };
}

/** For messages: of a server that is not ours. */
export function serverOf(headers: Headers): string | undefined {
  return headers.get("server")?.slice(0, SERVER_SHOWN_MAX);
}

/** The value that a coordinator answered. What another server says is not shown: it may be a page.
 *  @throws {WallarooError} `wrong_token`, `refused`; `no_coordinator` where none answered */
export function answerIn(url: string, { status, text, isOurs, server }: Answered): object {
  const value = isOurs ? objectIn(text) : undefined;
  const isOk = status >= 200 && status < 300;
  if (isOk && value !== undefined) return value;
  const error = value?.["error"];
  if (isOk || typeof error !== "string" || error === "") {
    const other = server === undefined ? `no header ${OWN_HEADER}` : `server ${server}`;
    const found = !isOurs ? other : value === undefined ? "no JSON" : "JSON of another kind";
    throw externalError(
      "no_coordinator",
      `what answers at ${url} is no wallaroo coordinator of this version (status ${status}, ` +
        `${found}): check --coordinator`,
    );
  }
  if (status === 401) {
    const hint = "give its --data DIR or --token-file FILE";
    throw externalError("wrong_token", `${url}: ${error}; ${hint}`);
  }
  throw userError("refused", error);
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    // Not of our server.
    return undefined;
  }
}
