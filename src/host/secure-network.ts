/** A network on which all are members of the cluster: TLS with certificates on both sides. */
import { type Role, serverNameOf } from "../model/peer-identity.ts";
import type { Network, TlsOptions } from "../ports/network.ts";

/** `peer`: whom connections are made to. Without `tls` it is `network` itself. */
export function secureNetwork(network: Network, tls: TlsOptions | undefined, peer: Role): Network {
  if (tls === undefined) return network;
  const listening = { ...tls, requireClient: true };
  const connecting = { ...tls, serverName: serverNameOf(peer) };
  return {
    listen: (address, accept, options) => {
      return network.listen(address, accept, { ...options, tls: listening });
    },
    connect: (address, open) => network.connect(address, open, { tls: connecting }),
  };
}
