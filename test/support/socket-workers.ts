/** Data ports of some workers on real sockets, and hubs over them: for `runOnWorkers`. */
import { expect } from "bun:test";
import type { ChannelHub } from "../../src/exchange/channel-hub.ts";
import { LinkHub } from "../../src/exchange/link-hub.ts";
import { LinkServer } from "../../src/exchange/link.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import type { Placement } from "../../src/model/placement.ts";
import type { Address } from "../../src/ports/network.ts";
import { tcpNetwork } from "../../src/transport/tcp.ts";
import { testPorts } from "./run-app.ts";

export interface SocketWorkers extends Disposable {
  readonly addresses: readonly Address[];
  readonly hubs: (placement: Placement, self: number) => ChannelHub;
}

/** Listens for workers `w0`, `w1`, ... A link that is lost fails the test. */
export async function socketWorkers(count: number): Promise<SocketWorkers> {
  const token = new TextEncoder().encode("a secret of the cluster");
  const ports = { ...testPorts(), network: tcpNetwork(), crypto: systemCrypto(), token };
  const address = { host: "127.0.0.1", port: 0 };
  const names = Array.from({ length: count }, (_, i) => `w${i}`);
  const listening = names.map((self) => LinkServer.listen({ ...ports, self, address }));
  const servers = await Promise.all(listening);
  return {
    addresses: servers.map((server) => server.address),
    hubs: ({ workers }, self) =>
      new LinkHub({
        ports,
        server: servers[names.indexOf(workers[self]!.name)]!,
        job: "test",
        generation: { leaderEpoch: 1, attempt: 1 },
        workers,
        self,
        onLost: (error) => expect(error).toBeUndefined(),
      }),
    [Symbol.dispose]: () => {
      for (const server of servers) server.close();
    },
  };
}
