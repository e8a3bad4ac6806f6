/**
 * Who a certificate says that its holder is (pure): a role and a name, such as `worker/w-1`. It
 * stands in the certificate as the URI `wallaroo://worker/w-1`.
 */
export const ROLES = ["coordinator", "worker", "client"] as const;
export type Role = (typeof ROLES)[number];

/** What a name in a certificate may be; a worker's is checked the same way when it registers. */
const NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const URI = /^wallaroo:\/\/(coordinator|worker|client)\/([a-z][a-z0-9_-]{0,62})$/;

export function identityOf(role: Role, name: string): string {
  return `${role}/${name}`;
}

export function identityUri(identity: string): string {
  return `wallaroo://${identity}`;
}

/** The DNS name in certificates of a role: who connects knows which role it means to reach, not
 *  under which of its addresses. */
export function serverNameOf(role: Role): string {
  return `${role}.wallaroo.internal`;
}

/** Undefined for an identity that is none of ours. */
export function readIdentity(
  identity: string | undefined,
): { readonly role: Role; readonly name: string } | undefined {
  const match = URI.exec(identityUri(identity ?? ""));
  return match === null ? undefined : { role: match[1] as Role, name: match[2]! };
}

/** What a certificate names. */
export interface CertificateNames {
  readonly uris: readonly string[];
  readonly commonNames: readonly string[];
}

/** By its one URI of ours; without any, by its one common name: `coordinator`, or a worker's.
 *  Undefined when that is not clear: then it is nobody. */
export function identityIn({ uris, commonNames }: CertificateNames): string | undefined {
  const ours = uris.filter((uri) => uri.toLowerCase().startsWith("wallaroo:"));
  if (ours.length > 0) {
    const match = URI.exec(ours[0]!);
    return ours.length === 1 && match !== null ? `${match[1]}/${match[2]}` : undefined;
  }
  const [name] = commonNames;
  if (commonNames.length !== 1 || name === undefined || !NAME.test(name)) return undefined;
  return identityOf(name === "coordinator" ? "coordinator" : "worker", name);
}
