import { expect, test } from "bun:test";
import { codeOf, settle } from "../../support/connector-context.ts";
import { SimNetwork } from "../../../src/testing/sim-network.ts";

const ADDRESS = { host: "127.0.0.1", port: 1 };

function handler(notes: string[]) {
  return {
    data: (chunk: Uint8Array) => void notes.push(`data ${Buffer.from(chunk).toString()}`),
    drain: () => void notes.push("drain"),
    close: (error: Error | undefined) => void notes.push(`close ${error?.message ?? "well"}`),
  };
}

test("a connection takes what it has room for, and copies it", async () => {
  const network = new SimNetwork();
  network.room = 3;
  const notes: string[] = [];
  const connection = await network.connect(ADDRESS, () => handler(notes));
  const bytes = Buffer.from("hello");
  expect(connection.write(bytes, 0, 5)).toBe(3);
  expect(connection.write(bytes, 3, 5)).toBe(0);
  bytes.fill(0);
  network.last.drain(10);
  expect(network.last.taken.toString()).toBe("hel");
  network.last.send("hi");
  network.last.leave(new Error("reset"));
  expect(connection.write(bytes, 0, 1)).toBe(-1);
  expect(notes).toEqual(["drain", "data hi", "close reset"]);
});

test("where nobody listens, connecting fails", async () => {
  const network = new SimNetwork();
  network.isThere = false;
  expect(await codeOf(network.connect(ADDRESS, () => handler([])))).toBe("cannot_connect");
  expect(network.attempts).toBe(1);
});

test("a listener accepts producers or refuses them; closing tells the other side", async () => {
  const network = new SimNetwork();
  const notes: string[] = [];
  const listener = await network.listen({ host: "::", port: 0 }, () =>
    notes.length === 0 ? handler(notes) : undefined,
  );
  expect(listener.address.port).toBe(7_777);
  const producer = network.produce()!;
  producer.send("one");
  producer.end();
  await settle();
  expect(notes).toEqual(["data one", "close well"]);
  expect(network.produce()).toBeUndefined();
  listener.close();
  expect(network.isListening).toBe(false);
});
