/** The certificate of a process, its key and its authority: read and checked before all else. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { externalError, userError, type WallarooError } from "../base/errors.ts";
import { whyOf } from "../base/system-why.ts";
import { identityIn, readIdentity, type Role } from "../model/peer-identity.ts";
import type { Logger } from "../ports/logger.ts";
import type { TlsOptions } from "../ports/network.ts";

const DAY_MS = 86_400_000;
/** A certificate with fewer days left is warned about at each start. */
const WARN_DAYS = 14;

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface NodeTls {
  readonly options: TlsOptions;
  /** Whom the certificate names. */
  readonly name: string;
}

/** @throws {WallarooError} `bad_certificate` */
export async function readTls(
  files: TlsFiles,
  roles: readonly Role[],
  { now, log }: { readonly now: number; readonly log?: Pick<Logger, "warn"> },
): Promise<NodeTls> {
  const options = {
    cert: read("--tls-cert", files.cert),
    key: read("--tls-key", files.key),
    ca: read("--tls-ca", files.ca),
  };
  const certificate = parse("--tls-cert", files.cert, () => new X509Certificate(options.cert));
  const ca = parse("--tls-ca", files.ca, () => new X509Certificate(options.ca));
  const key = parse("--tls-key", files.key, () => createPrivateKey(options.key));
  if (!certificate.checkPrivateKey(key)) {
    throw bad("--tls-key", files.key, `is not the key of ${files.cert}: give the one of its name`);
  }
  // Further ones of the file, which may have signed it, are tried by each handshake.
  const isOnly = options.ca.split("BEGIN CERTIFICATE").length === 2;
  if (isOnly && !certificate.verify(ca.publicKey)) {
    throw bad("--tls-cert", files.cert, `is not signed by the authority in ${files.ca}`);
  }
  const until = certificate.validToDate.getTime();
  if (until <= now) {
    const text = `has expired at ${certificate.validTo}: issue another, wallaroo ca issue`;
    throw bad("--tls-cert", files.cert, text);
  }
  const days = Math.floor((until - now) / DAY_MS);
  if (days < WARN_DAYS) log?.warn("the certificate expires soon", { file: files.cert, days });
  if ((statSync(files.key).mode & 0o077) !== 0) {
    log?.warn("others than its owner can read the key: chmod 600", { file: files.key });
  }
  const { certificateNames } = await import("../transport/certificate-names.ts");
  const identity = identityIn(certificateNames(certificate.raw));
  const named = readIdentity(identity);
  if (named === undefined || !roles.includes(named.role)) {
    const of = identity ?? "nobody that we know";
    const text = `is of ${of}; here one of a ${roles.join(" or ")} is needed: wallaroo ca issue`;
    throw bad("--tls-cert", files.cert, text);
  }
  return { options, name: named.name };
}

function read(flag: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw externalError("bad_certificate", `${flag} ${path}: ${whyOf(error)}`, error);
  }
}

function parse<T>(flag: string, path: string, make: () => T): T {
  try {
    return make();
  } catch {
    // What the library says of it helps nobody: `PEM routines:OPENSSL_internal:NO_START_LINE`.
    const what = flag === "--tls-key" ? "key" : "certificate";
    throw bad(flag, path, `holds no ${what} in PEM form: make one with wallaroo ca issue`);
  }
}

function bad(flag: string, path: string, text: string): WallarooError {
  return userError("bad_certificate", `${flag} ${path} ${text}`);
}
