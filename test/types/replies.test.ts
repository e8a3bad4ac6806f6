/** Replies are typed from the source to the encoder, without an annotation. */
import { expect, test } from "bun:test";
import { app, json, tcp, utf8, type WithOrigin } from "../../src/api/mod.ts";

const LISTEN = { port: 0, frame: "lines", decode: utf8 } as const;

test("what a source gives follows from origin, and reply takes what its records are", async () => {
  const typed = app("typed", (flow) => {
    const requests = flow.source("requests", tcp.listen({ ...LISTEN, origin: true }));
    const plain = flow.source("plain", tcp.listen({ ...LISTEN }));
    plain
      .map("twice", (text) => text + text)
      .sink("away", tcp.connect({ port: 1, frame: "lines", encode: utf8 }));
    requests
      .inspect("look", (r) => {
        r satisfies WithOrigin<string>;
        r.value satisfies string;
      })
      .sink(
        "texts",
        tcp.reply((r) => r.from, { frame: "lines", encode: utf8, value: (r) => r.value.trim() }),
      );
    requests
      .map("count", ({ from, value }) => ({ to: from, length: value.length }))
      .sink(
        "counts",
        tcp.reply((r) => r.to, { frame: "lines", encode: json() }),
      );
    requests.sink(
      "whole",
      // @ts-expect-error -- utf8 writes no objects, so a value is needed
      tcp.reply((r) => r.from, { frame: "lines", encode: utf8 }),
    );
  });
  const { steps } = await typed.build({});
  expect(steps.length).toBe(9);
});
