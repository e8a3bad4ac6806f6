import { expect, test } from "bun:test";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Feeder, framesOf } from "./feeder.ts";

const text = "one two\n\nüber\n";

test("each line that is not empty is a frame with its length in bytes", () => {
  expect(framesOf(text).map((frame) => frame.toString("hex"))).toEqual([
    `00000007${Buffer.from("one two").toString("hex")}`,
    `00000005${Buffer.from("über").toString("hex")}`,
  ]);
});

test("whole texts arrive, as many as the feeder says", async () => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const connected = once(server, "connection");
  const { port } = server.address() as AddressInfo;
  const feeder = await Feeder.connect({ host: "127.0.0.1", port }, text);
  const [socket] = await connected;
  let received = 0;
  socket.on("data", (chunk: Buffer) => (received += chunk.length));
  await feeder.feedAtRate(1_000, 3);
  await feeder.feedAtFullSpeed(1);
  feeder.close();
  await once(socket, "end");
  server.close();
  expect(feeder.repeats).toBeGreaterThan(3);
  expect(received).toBe(feeder.repeats * Buffer.concat([...framesOf(text)]).length);
});
