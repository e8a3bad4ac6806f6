/** Bad input, given to the real binary: each time an error that helps, and nothing else is lost. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { AppFolder, lineApp } from "../support/app-folder.ts";
import { binary, lineOf, restOf, runBinary, startBinary } from "../support/binary.ts";

const folder = new AppFolder();
const cwd = folder.path;
beforeAll(binary, 60_000);
afterAll(() => folder[Symbol.dispose]());

const run = (app: string, input = "") =>
  runBinary(["run", app, "-q", "--http", "off"], { cwd, input });

const HEAD = 'import { app, file, stdin, stdout, state, utf8 } from "wallaroo";\n';
const build = (lines: string): string =>
  `${HEAD}export default app("bad", (flow) => {\n${lines}\n});`;
const IN = 'flow.source("in", stdin({ decode: utf8 }))';
const OUT = '.sink("out", stdout({ encode: utf8 }))';
const keep = "(line) => line";

describe("an app that cannot run is refused before anything is read", () => {
  test.each<[name: string, code: string, told: readonly string[]]>([
    ["a number", "export default 3;", ["does not export an app", "is a number. Write: export"]],
    ["throws", "\nthrow new RangeError('no luck');", ["RangeError: no luck", "app.ts:2:"]],
    ["exits", "process.exit(0);", ["called process.exit(0)", "app.ts:1:"]],
    [
      "two steps of one name",
      build(`${IN}.map("m", ${keep})\n.map("m", ${keep})${OUT};`),
      ['two steps are called "m"', "app.ts:3 and", "rename one"],
    ],
    [
      "a cycle",
      build(`const back = flow.forward<string>("back");
const m = ${IN}.merge(back).map("m", ${keep});
back.from(m); m${OUT};`),
      ["back -> merge -> m -> back: cycles are not supported"],
    ],
    [
      "a stream without an end",
      build(`${IN}.map("m", ${keep});`),
      ['map "m" goes nowhere', "app.ts:3"],
    ],
    ["async", build(`${IN}${OUT};`).replace("(flow)", "async (flow)"), ["is async: make it plain"]],
  ])("%s", async (_, code, told) => {
    folder.write("refused/app.ts", code);
    const { status, stdout, stderr } = await run("./refused", "a\n");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toStartWith("error: ");
    for (const text of told) expect(stderr).toContain(text);
  });
});

describe("what was typed", () => {
  test.each([
    [["run", "/etc/hostname"], 1, "is no app: the name of an app's file ends in .ts, .js"],
    [["run", "/dev/null"], 1, "/dev/null is neither a file nor a folder"],
    [["run", "./nope.ts"], 1, "there is no file"],
    [["run"], 2, "APP is missing"],
    [["run", "x", "--htpp", "off"], 2, "has no option --htpp; did you mean --http?"],
    [["run", "x", "--set", "novalue"], 2, "is no name=value"],
    [["run", "x", "--for", "-1s"], 2, "is no duration"],
    [["run", "x", "--http", "127.0.0.1:99999"], 2, "port 99999 is not between 0 and 65535"],
    [["send", "127.0.0.1:1", "/"], 1, "is a folder: name a file"],
  ])("%j ends with status %d and says why", async (args, status, told) => {
    const ran = await runBinary(args, { cwd });
    expect([ran.status, ran.stdout]).toEqual([status, ""]);
    expect(ran.stderr).toStartWith("error: ");
    expect(ran.stderr).toContain(told);
  });
});

describe("a function of the user's", () => {
  test("that throws ends the job; what came of the records before it is there", async () => {
    const expression = 'line === "700" ? JSON.parse(line + "{") : line';
    const file = folder.write("boom.ts", lineApp("boom", expression));
    const lines = Array.from({ length: 1_000 }, (_, i) => `${i}\n`);
    const { status, stdout, stderr } = await run("./boom.ts", lines.join(""));
    expect(status).toBe(1);
    expect(stdout).toBe(lines.slice(0, 700).join(""));
    expect(stderr).toStartWith('error: step "step": its function threw SyntaxError: ');
    // The tail call left no frame of the function itself: then it is the step's own place.
    expect(stderr).toContain(`(${file}:6)`);
    expect(stderr).toContain(', for record "700"');
  });

  test("that makes a state which is not plain data is told with its own place", async () => {
    const steps =
      '.keyBy("k", (x) => x).mapWithState("s", state(() => ({ f: () => 1 })), (x) => x)';
    const file = folder.write("state.ts", build(`${IN}${steps}${OUT};`));
    const { status, stderr } = await run("./state.ts", "a\n");
    expect(status).toBe(1);
    expect(stderr).toStartWith('error: step "s": state is not plain data (f: a function): use obj');
    expect(stderr).toContain(`(${file}:3), for record "a"`);
  });

  test.skipIf(!existsSync("/proc/self/status"))(
    "that gives ten million outputs for a record: memory stays flat, none is missing",
    async () => {
      const many = "function* (n) { for (let i = 0; i < 10_000_000; i++) yield 'line'; }";
      const steps = `.flatMap("many", ${many}, { maxOutputs: 10_000_000 })`;
      folder.write("many.ts", build(`${IN}${steps}${OUT};`));
      const args = ["run", "./many.ts", "-q", "--http", "off"];
      const child = await startBinary(args, { cwd, input: "a\n" });
      let bytes = 0;
      let peakKb = 0;
      for await (const chunk of child.stdout) {
        bytes += chunk.length;
        const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
        peakKb = Math.max(peakKb, Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
      }
      expect(await child.exited).toBe(0);
      expect(bytes).toBe(10_000_000 * 5);
      expect(peakKb / 1024).toBeLessThan(250);
    },
  );

  test("that gives more than the limit is told the limit and how to raise it", async () => {
    const steps = '.flatMap("many", () => [1, 2, 3].map(String), { maxOutputs: 2 })';
    folder.write("limit.ts", build(`${IN}${steps}${OUT};`));
    const { status, stderr } = await run("./limit.ts", "a\n");
    expect(status).toBe(1);
    expect(stderr).toContain("gives more than 2 outputs, the limit of maxOutputs: give fewer, or");
  });
});

describe("producers of a TCP source that do it wrong", () => {
  const SOURCE = `import { app, json, stdout, tcp } from "wallaroo";
const Order = { "~standard": { version: 1, vendor: "test", validate: (value) =>
  typeof value?.id === "number" ? { value } : { issues: [{ message: "no number" }] } } };
export default app("orders", (flow) => {
  flow.source("orders", tcp.listen({ port: 0, frame: "u32be", maxFrameBytes: 100, idle: "500ms",
      decode: json(Order) }))
    .map("id", (order) => order.id)
    .sink("ids", stdout({ encode: json() }));
});`;
  const frame = (body: string | Buffer): Buffer => {
    const bytes = Buffer.from(body as string);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(bytes.length);
    return Buffer.concat([head, bytes]);
  };
  const good = (id: number): Buffer => frame(JSON.stringify({ id }));

  test("are told what was wrong; all records of all others come out", async () => {
    folder.write("orders.ts", SOURCE);
    const args = ["run", "./orders.ts", "--http", "127.0.0.1:0"];
    const child = await startBinary(args, { cwd });
    const out = new Response(child.stdout).text();
    const [, http] = await lineOf(child.stderr, /^http\s+(\S+)$/m);
    const errors = restOf(child.stderr);
    const [source] = ((await (await fetch(`${http}/v1/status`)).json()) as Status).sources;
    const { port } = source!.addresses[0]!;
    const cases: readonly [name: string, bytes: readonly Buffer[], hangsUp: boolean][] = [
      ["not UTF-8", [frame(Buffer.from([0xff, 0xfe])), good(1)], true],
      ["not JSON", [frame("{nope"), good(2)], true],
      ["zero long", [frame(""), good(3)], true],
      ["no such schema", [frame('{"id":"x"}'), good(4)], true],
      ["over the limit", [good(5), frame("x".repeat(101)), good(-1)], false],
      ["cut in its length", [good(6), Buffer.from([0, 0])], true],
      ["cut in the middle", [good(7), frame("12345").subarray(0, 6)], true],
      ["never finished", [good(8), frame("12345").subarray(0, 6)], false],
      ["a wrong protocol", [Buffer.from("GET / HTTP/1.1\r\n\r\n")], false],
    ];
    const steady = await dial(port);
    steady.write(good(100));
    await Promise.all(cases.map(([, bytes, hangsUp]) => send(port, bytes, hangsUp)));
    await finish(steady, [good(101)], true);
    await fetch(`${http}/v1/stop`, { method: "POST" });
    expect(await child.exited).toBe(0);
    const ids = (await out).trim().split("\n").map(Number);
    expect(ids.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 100, 101]);
    const told = await errors;
    expect(told).toContain("a frame is no record: ");
    expect(told).toContain("frame of 101 bytes, limit 100");
    expect(told).toContain("frame of 1195725856 bytes, limit 100");
    expect(told).toContain("producer left inside a frame, whose begin is dropped");
    expect(told).toContain("a frame was unfinished for 500 ms, which is the limit");
    expect(told).toMatch(/source +orders +10 +\d+ +4\n/);
  });

  test("a port that is taken is named with what to do", async () => {
    using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
    folder.write("taken.ts", SOURCE.replace("port: 0", `port: ${other.port}`));
    const { status, stderr } = await run("./taken.ts");
    expect(status).toBe(1);
    expect(stderr).toContain(`error: source "orders": cannot listen at 127.0.0.1:${other.port}: `);
    expect(stderr).toContain("the port is in use; stop the program that holds it, or take another");
  });
});

describe("files and streams", () => {
  const reading = (path: string): string =>
    build(`flow.source("in", file.read({ path: ${JSON.stringify(path)}, decode: utf8 }))${OUT};`);

  test("a line that is not UTF-8 is skipped and shown; one over the limit ends all", async () => {
    const path = folder.write("text.txt", "");
    await Bun.write(
      path,
      Buffer.from([...Buffer.from("one\n"), 0xff, 10, ...Buffer.from("two\n")]),
    );
    folder.write("read.ts", reading(path));
    const skipped = await run("./read.ts");
    expect([skipped.status, skipped.stdout]).toEqual([0, "one\ntwo\n"]);
    expect(skipped.stderr).toContain("1 bytes that are not UTF-8");
    await Bun.write(path, `${"x".repeat(17 * 1024 * 1024)}\nafter\n`);
    const long = await run("./read.ts");
    expect([long.status, long.stdout]).toEqual([1, ""]);
    expect(long.stderr).toMatch(/line 1, byte 0: line of at least \d+ bytes, limit 16777216/);
  });

  test("a file that is missing is named with its source", async () => {
    folder.write("none.ts", reading(join(cwd, "nothing.txt")));
    const { status, stderr } = await run("./none.ts");
    expect(status).toBe(1);
    expect(stderr).toBe(
      `error: source "in": file or folder ${cwd}/nothing.txt does not exist: check the path\n`,
    );
  });

  test.skipIf(!existsSync("/dev/full"))(
    "a full disk ends the job; a full log does not",
    async () => {
      folder.write("line.ts", lineApp("line", "line"));
      const full = openSync("/dev/full", "w");
      const spawned = async (stdout: number | "pipe", stderr: number | "pipe") => {
        const child = Bun.spawn([await binary(), "run", "./line.ts", "--http", "off"], {
          cwd,
          env: {},
          stdio: [Buffer.from("a\n"), stdout, stderr],
        });
        const { stdout: out, stderr: errors } = child;
        const texts = [out, errors].map((one) => (one instanceof ReadableStream ? one.text() : ""));
        return [await child.exited, ...(await Promise.all(texts))];
      };
      const [status, , told] = await spawned(full, "pipe");
      expect(status).toBe(1);
      expect(told).toContain("error: standard output: the disk behind it is full\n");
      expect(await spawned("pipe", full)).toEqual([0, "a\n", ""]);
      closeSync(full);
    },
  );

  test("what an app prints is not mixed with what programs read", async () => {
    const before = 'console.log("loaded");';
    folder.write("prints.ts", lineApp("prints", "(console.log('seen'), line)", before));
    const explained = await runBinary(["explain", "./prints.ts", "--json"], { cwd });
    expect(JSON.parse(explained.stdout)).toMatchObject({ file: `${cwd}/prints.ts` });
    const ran = await run("./prints.ts", "a\n");
    expect([ran.stdout, ran.stderr]).toEqual(["a\n", "loaded\nseen\n"]);
  });
});

interface Status {
  readonly sources: readonly { readonly addresses: readonly { readonly port: number }[] }[];
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return socket;
}

/** Resolves when the other side has closed the connection. */
function finish(socket: Socket, bytes: readonly Buffer[], hangsUp: boolean): Promise<void> {
  return new Promise((resolve) => {
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
    socket.resume();
    socket.write(Buffer.concat(bytes));
    if (hangsUp) socket.end();
  });
}

async function send(port: number, bytes: readonly Buffer[], hangsUp: boolean): Promise<void> {
  await finish(await dial(port), bytes, hangsUp);
}
