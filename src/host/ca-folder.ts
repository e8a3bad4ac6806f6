/** A cluster's authority in a folder: `ca.pem` and `ca.key`, and what it has issued beside them. */
import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { externalError, userError } from "../base/errors.ts";
import { whyOf } from "../base/system-why.ts";
import { readIdentity, type Role, identityOf } from "../model/peer-identity.ts";
import type { Issued } from "./certificates.ts";

const DAY_MS = 86_400_000;
const LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const DNS_NAME = new RegExp(`^(\\*\\.)?(${LABEL}\\.)*${LABEL}$`, "i");

/** Where what was made lies. */
export interface IssuedFiles {
  readonly cert: string;
  readonly key: string;
  readonly until: Date;
}

export interface IssueRequest {
  readonly role: Role;
  readonly name: string;
  readonly hosts: readonly string[];
  readonly days: number;
  readonly now: number;
}

/** Makes the authority. @throws {WallarooError} `exists`, `cannot_write` */
export async function initAuthority(
  folder: string,
  { days, now }: { readonly days: number; readonly now: number },
): Promise<IssuedFiles> {
  const { makeAuthority } = await import("./certificates.ts");
  const until = new Date(now + days * DAY_MS);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw externalError("cannot_write", `no folder ${folder} can be made: ${whyOf(error)}`, error);
  }
  return keep(folder, "ca", makeAuthority("Wallaroo cluster", new Date(now), until), until);
}

/** Issues a certificate and its key.
 *  @throws {WallarooError} `exists`, `no_authority`, `bad_name`, `bad_host`, `too_long` */
export async function issueIn(folder: string, request: IssueRequest): Promise<IssuedFiles> {
  const { role, name, hosts, days, now } = request;
  checkNames(request);
  const authority = readAuthority(folder);
  const until = new Date(now + days * DAY_MS);
  const last = new X509Certificate(authority.cert).validToDate;
  if (until > last) {
    const left = Math.max(0, Math.floor((last.getTime() - now) / DAY_MS));
    throw userError(
      "too_long",
      `${days} days are longer than the authority of ${folder} lives, which is ${left} days: ` +
        "give fewer --days, or make a new authority in another folder",
    );
  }
  const { issueCertificate } = await import("./certificates.ts");
  const local = role === "coordinator" ? ["localhost", "127.0.0.1", "::1"] : [];
  const all = [...new Set([...local, ...hosts])];
  const issued = issueCertificate(authority, {
    role,
    name,
    hosts: all,
    from: new Date(now),
    until,
  });
  return keep(folder, name, issued, until);
}

function checkNames({ role, name, hosts }: IssueRequest): void {
  if (name === "ca" || readIdentity(identityOf(role, name)) === undefined) {
    throw userError(
      "bad_name",
      `${JSON.stringify(name)} is no name: a lower-case letter, then at most 62 of a-z, 0-9, _ ` +
        "and -, and not ca",
    );
  }
  for (const host of hosts) {
    if (isIP(host) !== 0 || (host.length <= 253 && DNS_NAME.test(host))) continue;
    throw userError(
      "bad_host",
      `--host ${JSON.stringify(host)} is neither an IP address nor a DNS name: give it without a ` +
        "port",
    );
  }
}

function readAuthority(folder: string): Issued {
  try {
    const read = (name: string): string => readFileSync(join(folder, name), "utf8");
    return { cert: read("ca.pem"), key: read("ca.key") };
  } catch (error) {
    throw externalError(
      "no_authority",
      `${folder} holds no authority (ca.pem and ca.key): ${whyOf(error)}. Make one: wallaroo ` +
        `ca init ${folder}`,
      error,
    );
  }
}

/** Never over what is there: a key that is gone cannot be had back. */
function keep(folder: string, name: string, { cert, key }: Issued, until: Date): IssuedFiles {
  const files = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`), until };
  for (const path of [files.cert, files.key]) {
    if (!existsSync(path)) continue;
    throw userError(
      "exists",
      `${path} is there already: remove it, or take another folder or name`,
    );
  }
  try {
    writeFileSync(files.key, key, { mode: 0o600, flag: "wx" });
    writeFileSync(files.cert, cert, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw externalError("cannot_write", `cannot write to ${folder}: ${whyOf(error)}`, error);
  }
  return files;
}
