/** Asks a coordinator by HTTP, with the token of its folder. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { externalError, messageOf, WallarooError } from "../base/errors.ts";
import { option } from "./command.ts";
import { DATA_FOLDER, DEFAULT_HTTP } from "./cluster-defaults.ts";
import { addressText, httpUrl, word } from "./values.ts";

const ANSWER_MS = 30_000;

/** Options of every command that asks. */
export const CLIENT_OPTIONS = {
  coordinator: option("URL", "the coordinator", httpUrl, `http://${addressText(DEFAULT_HTTP)}`),
  data: option("DIR", "where the coordinator keeps its token", word, DATA_FOLDER, {
    hint: "folder",
  }),
  tokenFile: option("FILE", "the secret of the cluster (DIR/token)", word, undefined, {
    hint: "file",
  }),
};

export interface ClientSettings {
  readonly coordinator: string;
  readonly data: string;
  readonly tokenFile: string | undefined;
}

export class ClusterClient {
  readonly #url: string;
  readonly #token: string | undefined;

  private constructor(url: string, token: string | undefined) {
    this.#url = url;
    this.#token = token;
  }

  /** @throws {WallarooError} `bad_token_file` when a file that is named cannot be read */
  static async open(
    { coordinator, data, tokenFile }: ClientSettings,
    cwd: string,
  ): Promise<ClusterClient> {
    return new ClusterClient(coordinator, await clusterToken({ data, tokenFile }, cwd));
  }

  async get<T>(path: string): Promise<T> {
    return await this.#ask<T>("GET", path, undefined);
  }

  async post<T>(path: string, body: object): Promise<T> {
    return await this.#ask<T>("POST", path, JSON.stringify(body));
  }

  async #ask<T>(method: string, path: string, body: string | undefined): Promise<T> {
    let response: Response;
    try {
      response = await fetch(`${this.#url}${path}`, {
        method,
        signal: AbortSignal.timeout(ANSWER_MS),
        ...(body === undefined ? {} : { body }),
        ...(this.#token === undefined
          ? {}
          : { headers: { authorization: `Bearer ${this.#token}` } }),
      });
    } catch (error) {
      throw externalError(
        "no_coordinator",
        `no answer from ${this.#url}: ${messageOf(error)}; is \`wallaroo coordinator\` there, ` +
          "and is --coordinator its address?",
      );
    }
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as T; // Our own server's answer, by contract.
    if (response.status === 401) {
      const hint = "give its --data DIR or --token-file FILE";
      throw externalError("wrong_token", `${this.#url}: ${errorIn(text)}; ${hint}`);
    }
    throw new WallarooError("refused", errorIn(text), { domain: "user" });
  }
}

/** The secret of a cluster; undefined where there is no file of it: who is asked says then that it
 *  wants one. @throws {WallarooError} `bad_token_file` when a file that is named cannot be read */
export async function clusterToken(
  { data, tokenFile }: Omit<ClientSettings, "coordinator">,
  cwd: string,
): Promise<string | undefined> {
  const path = resolve(cwd, tokenFile ?? `${data}/token`);
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (tokenFile === undefined) return undefined;
    throw externalError("bad_token_file", `--token-file ${path}: ${messageOf(error)}`, error);
  }
}

function errorIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown };
    return typeof error === "string" ? error : text;
  } catch {
    // Not of our server: shown as it is.
    return text.slice(0, 300);
  }
}
