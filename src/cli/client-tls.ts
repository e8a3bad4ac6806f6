/** How a command that asks a coordinator reaches it: by TLS, or in clear on this machine alone. */
import { checkReach } from "../host/reach.ts";
import { systemClock } from "../host/system-clock.ts";
import { identityIn, readIdentity } from "../model/peer-identity.ts";
import { type GivenTls, tlsFiles } from "./tls-options.ts";

/** What `fetch` is told; every option is said, none is taken from the environment. */
export interface FetchTls {
  readonly rejectUnauthorized: true;
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly checkServerIdentity?: (host: string, peer: { raw: Uint8Array }) => Error | undefined;
}

export interface Reach {
  readonly url: string;
  readonly tls: FetchTls;
}

export interface GivenReach extends GivenTls {
  readonly coordinator: string;
  readonly insecure: boolean;
}

/** With a certificate of its own it speaks TLS, whatever the URL says.
 *  @throws {WallarooError} `not_loopback`, `bad_certificate`, `usage` */
export async function reachOf(given: GivenReach, cwd: string): Promise<Reach> {
  const files = tlsFiles(given, cwd);
  const { coordinator, insecure } = given;
  const url = files === undefined ? coordinator : coordinator.replace(/^http:/, "https:");
  const { hostname, protocol } = new URL(url);
  checkReach({ host: hostname, port: 0 }, insecure || protocol === "https:");
  if (files === undefined) return { url, tls: { rejectUnauthorized: true } };
  const [{ readTls }, { checkedTls }, { certificateNames }] = await Promise.all([
    import("../host/tls-files.ts"),
    import("../transport/tls-options.ts"),
    import("../transport/certificate-names.ts"),
  ]);
  const now = systemClock().now();
  const { options } = await readTls(files, ["client", "coordinator", "worker"], { now });
  // Who answers must be a coordinator by its certificate, under whatever address.
  const checkServerIdentity: FetchTls["checkServerIdentity"] = (_, peer) => {
    const identity = identityIn(certificateNames(peer.raw));
    if (readIdentity(identity)?.role === "coordinator") return undefined;
    return new Error(`the certificate there is of ${identity ?? "nobody"}, and no coordinator's`);
  };
  return { url, tls: { ...checkedTls(options), rejectUnauthorized: true, checkServerIdentity } };
}
