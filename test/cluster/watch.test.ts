/** `run --watch` with the real binary: edits, nonsense and back, over one connection. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { AppFolder } from "../support/app-folder.ts";
import { binary, startBinary } from "../support/binary.ts";
import { LineReader, producer } from "../support/lines.ts";

const folder = new AppFolder();
beforeAll(binary, 60_000);
afterAll(() => folder[Symbol.dispose]());

/** An app that counts lines by key; `frame` and `step` are what its versions differ in. */
const appText = (step: string, frame = "lines", helper = "./helper.ts") => `
import { app, state, stdout, tcp, utf8 } from "wallaroo";
import { word } from "${helper}";
export default app("edited", (flow) => {
  flow
    .source("in", tcp.listen({ port: 0, frame: "${frame}", decode: utf8 }))
    .keyBy("key", (line) => line)
    .mapWithState("count", ${step})
    .sink("out", stdout({ encode: utf8 }));
});
`;
const counting = (text: string) =>
  `state(() => ({ n: 0 })), (line, s) => \`\${word} ${text} \${line} \${++s.n}\``;

interface Line {
  readonly type: string;
  readonly error?: string;
  readonly ms?: number;
  readonly states?: readonly { readonly step: string; readonly how: string }[];
  readonly status?: {
    readonly sources: readonly { readonly addresses: readonly { readonly port: number }[] }[];
  };
}

test("each edit takes over, nonsense leaves the version before, one connection lasts", async () => {
  folder.write("helper.ts", 'export const word = "w1";');
  const file = folder.write("app.ts", appText(counting("v1")));
  const args = ["run", "./app.ts", "--watch", "--json", "--http", "off"];
  const child = await startBinary(args, { cwd: folder.path });
  // The app has standard output, so what is told is on standard error, beside the errors.
  const told = new LineReader(child.stderr, (line) => line.startsWith('{"type"'));
  const out = new LineReader(child.stdout);
  const next = async (): Promise<Line> => JSON.parse(await told.next()) as Line;
  try {
    const started = await next();
    expect(started.type).toBe("started");
    const port = started.status!.sources[0]!.addresses[0]!.port;
    const line = await producer(port);

    line.say("a");
    expect(await out.next()).toBe("w1 v1 a 1");
    folder.write("app.ts", appText(counting("v2")));
    expect(await next()).toMatchObject({
      type: "reloaded",
      states: [{ step: "count", how: "kept", keys: 1 }],
    });
    line.say("a");
    expect(await out.next()).toBe("w1 v2 a 2");

    folder.write("helper.ts", 'export const word = "w2";');
    expect((await next()).type).toBe("reloaded");
    line.say("b");
    expect(await out.next()).toBe("w2 v2 b 1");

    folder.write("app.ts", appText("state(() => ({ n: 0 }), (line, s) => nonsense"));
    const refused = await next();
    expect(refused.type).toBe("refused");
    expect(refused.error).toContain(`${file}:`);
    line.say("a");
    expect(await out.next()).toBe("w2 v2 a 3");

    folder.write("app.ts", appText(counting("v3"), "lines", "./missing.ts"));
    expect((await next()).error).toContain('there is no file "./missing.ts" beside it');
    folder.write("missing.ts", 'export const word = "w3";');
    expect((await next()).type).toBe("reloaded");
    line.say("a");
    expect(await out.next()).toBe("w3 v3 a 4");

    const throwing = '(line, s) => { if (line === "x") throw new Error("no x"); return "ok"; }';
    const bad = `state(() => ({ n: 0 })), ${throwing}`;
    folder.write("app.ts", appText(bad, "lines", "./missing.ts"));
    expect((await next()).type).toBe("reloaded");
    line.say("x");
    line.say("a");
    const halted = await next();
    expect([halted.type, halted.error]).toEqual(["halted", expect.stringContaining("no x")]);
    folder.write("app.ts", appText(counting("v4"), "lines", "./missing.ts"));
    expect((await next()).type).toBe("reloaded");
    expect(await out.next()).toBe("w3 v4 x 1");
    expect(await out.next()).toBe("w3 v4 a 5");

    expect(line.isOpen).toBe(true);
    line.end();
  } finally {
    child.kill("SIGTERM");
    await child.exited;
  }
  expect(child.exitCode).toBe(0);
}, 60_000);

test("a listener of other options takes the same port; its state stays", async () => {
  using probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = probe;
  probe.stop(true);
  folder.write("helper.ts", 'export const word = "w";');
  const text = (frame: string) => appText(counting("v"), frame).replace("port: 0", `port: ${port}`);
  folder.write("port.ts", text("lines"));
  const args = ["run", "./port.ts", "--watch", "--json", "--http", "off"];
  const child = await startBinary(args, { cwd: folder.path });
  const told = new LineReader(child.stderr, (line) => line.startsWith('{"type"'));
  const out = new LineReader(child.stdout);
  try {
    await told.next();
    const first = await producer(port);
    first.say("a");
    expect(await out.next()).toBe("w v a 1");
    folder.write("port.ts", text("u8"));
    expect(JSON.parse(await told.next())).toMatchObject({
      type: "reloaded",
      sources: [{ name: "in", how: "replaced" }],
    });
    const second = await producer(port);
    second.send(Uint8Array.of(1, 97));
    expect(await out.next()).toBe("w v a 2");
    second.end();
  } finally {
    child.kill("SIGTERM");
    await child.exited;
  }
}, 60_000);
