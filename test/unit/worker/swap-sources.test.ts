/** Sources that listen while another version of their app takes over. */
import { expect, test } from "bun:test";
import { app, bridge, memory, utf8 } from "../../../src/api/mod.ts";
import type { Connection } from "../../../src/ports/network.ts";
import { COOKIE, heard, say } from "../../support/bridge-client.ts";
import { LoopNetwork } from "../../support/loop-network.ts";
import { testPorts } from "../../support/run-app.ts";
import { startVersions, until } from "../../support/swap-app.ts";

const ADDRESS = { host: "127.0.0.1", port: 7_100 };

/** A producer: what it was told, and whether it was sent away. */
async function dial(network: LoopNetwork) {
  const chunks: Uint8Array[] = [];
  const seen = { isClosed: false };
  const connection: Connection = await network.connect(ADDRESS, () => ({
    data: (chunk) => void chunks.push(chunk),
    drain: () => undefined,
    close: () => void (seen.isClosed = true),
  }));
  const said = () => heard(Buffer.concat(chunks));
  const send = (...frames: readonly Buffer[]) => {
    const bytes = Buffer.concat(frames);
    connection.write(bytes, 0, bytes.length);
  };
  return { send, said, seen };
}

test("a listener with other options takes over its port and where streams were read", async () => {
  const network = new LoopNetwork();
  const out = memory.sink<string>();
  const version = (maxCredits: number) =>
    app("app", (flow) => {
      flow
        .source("in", bridge.listen({ ...ADDRESS, cookie: COOKIE, decode: utf8, maxCredits }))
        .sink("out", out.sink);
    });
  await using run = await startVersions(version(10), { ports: { ...testPorts(), network } });
  const first = await dial(network);
  first.send(say.hello(), say.notify(1), say.message(1, 1, "a"), say.message(1, 2, "b"));
  await run.processed("in", 2);
  const { sources } = await run.swap(version(20));
  expect(sources).toEqual([{ name: "in", how: "moved" }]);
  await until(() => first.seen.isClosed);
  expect(first.said().at(-1)).toBe("restart 127.0.0.1:7100");
  const second = await dial(network);
  second.send(say.hello(), say.notify(1), say.message(1, 2, "b"), say.message(1, 3, "c"));
  await until(() => out.records.length === 3);
  expect(second.said()[0]).toBe("ok 20");
  expect(out.records).toEqual(["a", "b", "c"]);
});
