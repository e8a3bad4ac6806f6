import { expect, test } from "bun:test";
import { app, memory } from "../../../src/api/mod.ts";
import { testApp } from "../../../src/testing/mod.ts";

interface Order {
  readonly customer: string;
  readonly n: number;
}

test("targets of a sinkEach are collected by name, also when closed and opened again", async () => {
  const each = app("each", (flow) => {
    flow.source("in", memory.source<Order>([])).sinkEach(
      "out",
      (o) => o.customer,
      () => memory.sink<Order>().sink,
      { max: 2, idle: "10s" },
    );
  });
  await using t = await testApp(each);
  const orders = Array.from({ length: 60 }, (_, n) => ({ customer: `c${n % 5}`, n }));
  t.feed("in", orders.slice(0, 30));
  await t.settle();
  await t.advance("1m");
  t.feed("in", orders.slice(30));
  const targets = await t.collectEach<Order>("out");
  expect(Object.fromEntries(targets)).toEqual(
    Object.fromEntries(Map.groupBy(orders, ({ customer }) => customer)),
  );
  await expect(t.collect("out")).rejects.toThrow('use collectEach("out")');
});
