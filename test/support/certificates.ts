/** Certificates for tests: an authority, one nobody knows, and what they have issued. */
import { type Issued, issueCertificate, makeAuthority } from "../../src/host/certificates.ts";
import type { Role } from "../../src/model/peer-identity.ts";
import type { TlsOptions } from "../../src/ports/network.ts";

const FROM = new Date("2020-01-01T00:00:00Z");
/** Behind 2049 dates are written in another way. */
const UNTIL = new Date("2095-01-01T00:00:00Z");
const PAST = new Date("2021-01-01T00:00:00Z");

export const AUTHORITY = makeAuthority("authority of tests", FROM, UNTIL);
export const STRANGER = makeAuthority("authority of tests", FROM, UNTIL);

/** What a process of that role and name is given. */
export function tlsOf(
  role: Role,
  name: string,
  { by = AUTHORITY, isExpired = false }: { by?: Issued; isExpired?: boolean } = {},
): TlsOptions {
  const until = isExpired ? PAST : UNTIL;
  const issued = issueCertificate(by, { role, name, hosts: ["127.0.0.1"], from: FROM, until });
  return { ...issued, ca: AUTHORITY.cert };
}
