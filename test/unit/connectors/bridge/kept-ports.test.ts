import { expect, test } from "bun:test";
import { KeptPorts } from "../../../../src/connectors/bridge/kept-ports.ts";
import { listening } from "../../../support/bridge-source.ts";
import { FakeNetwork } from "../../../support/fake-network.ts";
import { LoopNetwork } from "../../../support/loop-network.ts";

test("a port is kept for a job's source, in one network", () => {
  const network = new FakeNetwork();
  KeptPorts.of(network).keep("job", "in", 7100);
  expect(KeptPorts.of(network).portOf("job", "in")).toBe(7100);
  expect(KeptPorts.of(network).portOf("job", "other")).toBe(0);
  expect(KeptPorts.of(new FakeNetwork()).portOf("job", "in")).toBe(0);
});

test("the oldest are forgotten", () => {
  const kept = KeptPorts.of(new FakeNetwork());
  for (let i = 0; i <= 1_000; i++) kept.keep("job", `in ${i}`, 1 + i);
  expect([kept.portOf("job", "in 0"), kept.portOf("job", "in 1")]).toEqual([0, 2]);
});

test("a source that is opened again listens where it did, unless somebody is there", async () => {
  const world = await listening();
  const { source } = world;
  const ctx = { ...world.ctx, network: new LoopNetwork() };
  const reader = await source.open("listener", undefined, ctx);
  const port = reader.addresses![0]!.port;
  expect(KeptPorts.of(ctx.network).portOf(ctx.job, ctx.source)).toBe(port);
  // While the first is open, as in a swap.
  const beside = await source.open("listener", undefined, ctx);
  expect(beside.addresses![0]!.port).not.toBe(port);
  KeptPorts.of(ctx.network).keep(ctx.job, ctx.source, port);
  await reader[Symbol.asyncDispose]();
  const again = await source.open("listener", undefined, ctx);
  expect(again.addresses![0]!.port).toBe(port);
});
