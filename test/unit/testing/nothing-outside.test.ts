import { expect, test } from "bun:test";
import { app, memory, tcp, utf8 } from "../../../src/api/mod.ts";
import { testApp } from "../../../src/testing/mod.ts";

test("a connector that is kept and wants the network is told how to be tested", async () => {
  const listening = app("listening", (flow) => {
    flow
      .source("in", tcp.listen({ port: 7010, frame: "lines", decode: utf8 }))
      .sink("out", memory.sink<string>().sink);
  });
  const told = await testApp(listening, { keep: ["in"] }).catch((error: Error) => error.message);
  expect(told).toContain('source "in": a test has no network: leave this source or sink out');
});
