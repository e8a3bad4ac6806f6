import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { testApp } from "wallaroo/testing";
import enrich, { type Order } from "./app.ts";
import { startService } from "./service.ts";

const service = startService({ port: 0, delayMs: 2, failEvery: 7 });
afterAll(() => service.stop());

const lines = (await Bun.file(join(import.meta.dir, "input/orders.jsonl")).text()).trimEnd();
const orders = lines.split("\n").map((line) => JSON.parse(line) as Order);
const NAMES: Readonly<Record<string, string>> = { c1: "Ada", c2: "Bob", c3: "Cleo" };

test("every order gets its name, in order; who is unknown is diverted with why", async () => {
  const set = { service: `127.0.0.1:${service.port}`, concurrency: "10" };
  await using t = await testApp(enrich, { set });
  t.feed("orders", orders);
  const enriched = await t.collect("enriched");
  const failed = await t.collect<Order & { readonly error: string }>("failed");
  const known = orders.filter((order) => order.customer in NAMES);
  expect(enriched).toEqual(known.map((order) => ({ ...order, name: NAMES[order.customer] })));
  const unknown = orders.filter((order) => !(order.customer in NAMES));
  expect(unknown).toHaveLength(3);
  expect(failed.map(({ id }) => id)).toEqual(unknown.map(({ id }) => id));
  expect(failed[0]!.error).toMatch(/customer c9: the service said (404|503)/);
  // Refused questions were asked again, and unknown customers four times.
  expect(service.asked()).toBeGreaterThan(orders.length + unknown.length * 3);
});
