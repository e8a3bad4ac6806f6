/** Mutated frames to the ports of a cluster, many to a connection, many connections at a time. */
import { unreachable } from "../../src/base/assert.ts";
import type { Prng } from "../../src/base/prng.ts";
import { encodeMessage } from "../../src/control/message-codec.ts";
import { frameOf } from "../../src/control/wire.ts";
import { FRAME, makeFrame } from "../../src/exchange/frame.ts";
import { helloBytes, plainBytes } from "../../src/exchange/link-hello.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import { tlsOf } from "./certificates.ts";
import { EACH_TO_COORDINATOR } from "./control-messages.ts";
import { type FuzzCluster, frame, type Port } from "./fuzz-cluster.ts";
import { mutate } from "./mutate.ts";

/** How long a connection that is not closed is left open. */
const OPEN_MS = 15;
const TRIES_MAX = 100;
const TRY_MS = 200;

const crypto = systemCrypto();
const bytes32 = new Uint8Array(32).fill(7);
const generation = { leaderEpoch: 1, attempt: 1 };
const hello = { job: "echo", self: "w-2", peer: "w-1", nonce: bytes32 };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function samplesOf(port: Port, token: string): readonly Uint8Array[] {
  const head = `Host: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n`;
  switch (port) {
    case "control":
      return EACH_TO_COORDINATOR.map((message) => frameOf(encodeMessage(message), crypto));
    case "data":
      return [
        makeFrame(FRAME.hello, generation, 0, 0, crypto, helloBytes(hello)),
        makeFrame(FRAME.proof, generation, 0, 0, crypto, plainBytes([bytes32])),
        makeFrame(FRAME.data, generation, 4, 1, crypto, new Uint8Array(50)),
        makeFrame(FRAME.grant, generation, 4, 1, crypto),
      ];
    case "http":
      return [
        text(`GET /v1/cluster HTTP/1.1\r\n${head}\r\n`),
        text(`GET /v1/jobs/echo/status?x=%20 HTTP/1.1\r\n${head}\r\n`),
        text(`POST /v1/jobs HTTP/1.1\r\n${head}Content-Length: 15\r\n\r\n{"app":"nobody"}`),
        text(
          `POST /v1/jobs HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
        ),
      ];
    case "source":
      return [frame("bad"), frame(""), frame("a b c d e f")];
    default:
      return unreachable(port);
  }
}

let clientHello: Uint8Array | undefined;

/** How a connection with TLS begins. */
async function tlsSample(): Promise<Uint8Array> {
  if (clientHello !== undefined) return clientHello;
  const heard = Promise.withResolvers<Uint8Array>();
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket, chunk) => {
        heard.resolve(Uint8Array.from(chunk));
        socket.terminate();
      },
    },
  });
  const tls = { ...tlsOf("worker", "w-2"), rejectUnauthorized: true, serverName: "x.example" };
  const socket = { data: () => undefined, connectError: () => undefined };
  await Bun.connect({ hostname: "127.0.0.1", port: server.port, tls, socket });
  clientHello = await heard.promise;
  server.stop(true);
  return clientHello;
}

/** Sends `connections` times `frames` mutated frames. */
export async function fuzzPort(
  cluster: FuzzCluster,
  port: Port,
  amount: { readonly connections: number; readonly frames: number },
  prng: Prng,
): Promise<void> {
  const isTls = cluster.isTls && port !== "source";
  const samples = isTls ? [await tlsSample()] : samplesOf(port, cluster.token);
  const attacks = Array.from({ length: amount.connections }, () => {
    const frames = Array.from({ length: amount.frames }, () => {
      return mutate(prng.pick(samples), prng.pick(samples), prng);
    });
    return attack(cluster.ports[port], Buffer.concat(frames));
  });
  await Promise.all(attacks);
}

async function attack(port: number, bytes: Uint8Array): Promise<void> {
  const closed = Promise.withResolvers<void>();
  const socket = await connect(port, closed.resolve);
  socket.write(bytes);
  await Promise.race([closed.promise, Bun.sleep(OPEN_MS)]);
  // Reset: no port stays behind.
  socket.terminate();
}

/** The system is short of ports at times, when many were used within a minute. */
async function connect(port: number, closed: () => void): Promise<Bun.Socket> {
  const socket = { data: () => undefined, close: closed, error: closed };
  for (let tries = 1; ; tries++) {
    try {
      return await Bun.connect({ hostname: "127.0.0.1", port, socket });
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (code === "EADDRNOTAVAIL" && tries < TRIES_MAX) await Bun.sleep(TRY_MS);
      else throw new Error(`port ${port} takes no connection: ${code}`, { cause: error });
    }
  }
}
