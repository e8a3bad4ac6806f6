/** Options of every command that speaks to others of its cluster by TLS. */
import { resolve } from "node:path";
import type { TlsFiles } from "../host/tls-files.ts";
import { option, usageError } from "./command.ts";
import { word } from "./values.ts";

export const TLS_OPTIONS = {
  tlsCert: option("FILE", "its certificate, see `wallaroo ca issue`", word, undefined, {
    hint: "file",
  }),
  tlsKey: option("FILE", "the key of its certificate", word, undefined, { hint: "file" }),
  tlsCa: option("FILE", "the authority that all of the cluster believe", word, undefined, {
    hint: "file",
  }),
};

export interface GivenTls {
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsCa: string | undefined;
}

/** Absolute paths; undefined when none is given. @throws {WallarooError} `usage` */
export function tlsFiles({ tlsCert, tlsKey, tlsCa }: GivenTls, cwd: string): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined || tlsCa === undefined) {
    throw usageError("--tls-cert, --tls-key and --tls-ca belong together: give all three");
  }
  return { cert: resolve(cwd, tlsCert), key: resolve(cwd, tlsKey), ca: resolve(cwd, tlsCa) };
}
