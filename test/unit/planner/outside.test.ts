import { expect, test } from "bun:test";
import { app, file, generator, memory, tcp, utf8 } from "wallaroo";
import { outsideOf } from "../../../src/planner/outside.ts";

test("what can be read again, and what shows records by transactions", async () => {
  const listen = { port: 0, frame: "lines", decode: utf8 } as const;
  const graph = app("ends", (flow) => {
    const files = flow.source("files", file.read({ path: "in", decode: utf8 }));
    const made = flow.source("made", generator({ make: (i) => String(i) }));
    const plain = flow.source("plain", tcp.listen(listen));
    const kept = flow.source("kept", tcp.listen({ ...listen, log: "disk" }));
    const all = files.merge(made).merge(plain).merge(kept);
    all.sink("parts", file.write({ path: "out", encode: utf8 }));
    all.sink("appended", file.write({ path: "out.txt", mode: "append", encode: utf8 }));
    all.sink("sent", tcp.connect({ port: 1, frame: "lines", encode: utf8 }));
    all.sinkEach(
      "each",
      (line) => line,
      () => memory.sink<string>().sink,
    );
  });
  expect(outsideOf(await graph.build({}))).toEqual({
    sources: [
      { name: "files", canGoBack: true },
      { name: "made", canGoBack: true },
      { name: "plain", canGoBack: false },
      { name: "kept", canGoBack: false },
    ],
    sinks: [
      { name: "parts", delivery: "exactly-once", commits: true },
      { name: "appended", delivery: "at-least-once", commits: false },
      { name: "sent", delivery: "at-most-once", commits: false },
      { name: "each", delivery: undefined, commits: false },
    ],
  });
});
