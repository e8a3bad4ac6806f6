/** A local cluster of real processes: the same results, hurt, drained, ended. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { SUSPECT_MS } from "../../src/model/limits.ts";
import { AppFolder } from "../support/app-folder.ts";
import { binary, lineOf, runBinary, startBinary } from "../support/binary.ts";
import { LocalRun } from "../support/local-run.ts";

setDefaultTimeout(60_000);

const folder = new AppFolder();
beforeAll(binary, 60_000);
afterAll(() => folder[Symbol.dispose]());

const ENDLESS = `import { app, generator, state, stdout, utf8 } from "wallaroo";
export default app("endless", (flow) => {
  flow
    .source("numbers", generator({ rate: 5_000, make: (i) => i }))
    .keyBy("key", (n) => n % 97)
    .mapWithState("count", state(() => ({ count: 0 })), (n, s) => n + " " + ++s.count)
    .sink("out", stdout({ encode: utf8 }));
});
`;

test("SIGTERM drains: all that was read has gone through state and is written, once", async () => {
  folder.write("endless.ts", ENDLESS);
  const run = await LocalRun.start({ app: "./endless.ts", workers: 2, cwd: folder.path }, true);
  const { cluster } = await run.started();
  expect(cluster).toMatchObject({ state: "running", workers: ["w1", "w2"], restarts: 0 });
  while ((await run.status()).sources[0]!.records < 1_000) await Bun.sleep(10);
  run.child.kill("SIGTERM");
  const { reason, status } = await run.ended();
  expect(await run.child.exited).toBe(0);
  expect([reason, status.state]).toEqual(["asked to (SIGTERM)", "stopped"]);
  const { records } = status.sources[0]!;
  expect(status.sinks[0]!.records).toBe(records);
  const lines = (await run.output()).split("\n").slice(0, -1);
  const wanted = Array.from({ length: records }, (_, n) => `${n} ${Math.floor(n / 97) + 1}`);
  expect(lines.sort()).toEqual(wanted.sort());
});

test("a worker that is killed comes back, and status says that the job began again", async () => {
  folder.write("endless.ts", ENDLESS);
  const more = ["--log-level", "debug"];
  const run = await LocalRun.start(
    { app: "./endless.ts", workers: 2, cwd: folder.path, more },
    true,
  );
  const begun = await run.log(/process is started.*"member":"w2"/);
  const { pid } = JSON.parse(begun) as { readonly pid: number };
  const before = (await run.started()).cluster;
  process.kill(pid, "SIGKILL");
  for (;;) {
    const { cluster } = await run.status();
    if (cluster.restarts === 0 || cluster.state !== "running") {
      await Bun.sleep(20);
      continue;
    }
    expect(cluster).toMatchObject({ restarts: 1, workers: ["w1", "w2"] });
    expect(cluster.lastEnd).toContain("worker w2 is gone");
    expect(cluster.durability).toMatch(/checkpoints in file:.*: this disk only/);
    expect(cluster.generation).not.toBe(before.generation);
    break;
  }
  run.child.kill("SIGTERM");
  const { status } = await run.ended();
  expect(status.state).toBe("stopped");
  expect(await run.child.exited).toBe(0);
});

test("a function that throws ends the job with step, record, file and line; status 1", async () => {
  const code = `import { app, generator, stdout, utf8 } from "wallaroo";
export default app("boom", (flow) => {
  flow
    .source("in", generator({ count: 50, make: (i) => "r" + i }))
    .map("check", (text) => {
      if (text === "r33") throw new RangeError("too high");
      return text;
    })
    .sink("out", stdout({ encode: utf8 }));
});
`;
  const file = folder.write("boom.ts", code);
  const args = ["run", "./boom.ts", "--workers", "2", "--http", "off"];
  const ran = await runBinary(args, { cwd: folder.path });
  expect(ran.status).toBe(1);
  for (const part of ['step "check"', "too high", '"r33"', `${file}:6:`]) {
    expect(ran.stderr).toContain(part);
  }
});

test("a step that ends the process ends the job, whatever its policy; status 1", async () => {
  const code = `import { app, generator, stdout, utf8 } from "wallaroo";
export default app("leaves", (flow) => {
  flow
    .source("in", generator({ count: 50, make: (i) => "r" + i }))
    .map("check", (text) => {
      if (text === "r33") process.exit(0);
      return text;
    }, { onError: "skip" })
    .sink("out", stdout({ encode: utf8 }));
});
`;
  const file = folder.write("leaves.ts", code);
  for (const words of [[], ["--workers", "2"]]) {
    const ran = await runBinary(["run", "./leaves.ts", ...words, "--http", "off"], {
      cwd: folder.path,
    });
    expect(ran.status).toBe(1);
    for (const part of ['step "check": step code called process.exit(0)', '"r33"', `${file}:6:`]) {
      expect(ran.stderr).toContain(part);
    }
  }
});

test("a step that catches what process.exit throws ends the job, too", async () => {
  const code = (
    catching: string,
  ): string => `import { app, generator, stdout, utf8 } from "wallaroo";
export default app("stays", (flow) => {
  flow
    .source("in", generator({ count: 50, make: (i) => "r" + i }))
    .${catching}
    .sink("out", stdout({ encode: utf8 }));
});
`;
  const go = (left: string): string => `try { process.exit(3); } catch { return text${left}; }`;
  // The last record: nothing comes behind it.
  const plain = `map("check", (text) => { if (text === "r49") ${go("")} return text; })`;
  const later = `asyncMap("ask", async (text) => { await 1; if (text === "r33") ${go("")}
      return text; }, { concurrency: 2, timeout: "5s" })`;
  for (const [catching, words] of [
    [plain, []],
    [plain, ["--workers", "2"]],
    [plain, ["--data", "kept"]],
    [later, []],
  ] as const) {
    const file = folder.write("stays.ts", code(catching));
    const ran = await runBinary(["run", "./stays.ts", ...words, "--http", "off"], {
      cwd: folder.path,
    });
    expect([words, ran.status]).toEqual([words, 1]);
    for (const part of ["step code called process.exit(3)", "and went on", `${file}:5:`]) {
      expect(ran.stderr).toContain(part);
    }
  }
});

test("a key that is none is told with step, record and line on several workers", async () => {
  const code = `import { app, generator, state, stdout, utf8 } from "wallaroo";
export default app("keys", (flow) => {
  flow
    .source("in", generator({ count: 50, make: (i) => (i === 33 ? "abc" : "" + i) }))
    .keyBy("k", (text) => Number(text))
    .mapWithState("count", state(() => ({ n: 0 })), (text, s) => text + ++s.n)
    .sink("out", stdout({ encode: utf8 }));
});
`;
  const file = folder.write("keys.ts", code);
  const args = ["run", "./keys.ts", "--workers", "2", "--http", "off"];
  const ran = await runBinary(args, { cwd: folder.path });
  expect(ran.status).toBe(1);
  for (const part of ['step "k": key is NaN', '"abc"', `${file}:5`]) {
    expect(ran.stderr).toContain(part);
  }
});

test("a worker whose loop stands still for longer than silence may last is not lost", async () => {
  const code = `import { app, generator, stdout, utf8 } from "wallaroo";
export default app("slow", (flow) => {
  flow
    .source("in", generator({ count: 50, make: (i) => "r" + i }))
    .map("wait", (text) => {
      const end = Date.now() + (text === "r33" ? ${SUSPECT_MS + 1_000} : 0);
      while (Date.now() < end);
      return text;
    })
    .sink("out", stdout({ encode: utf8 }));
});
`;
  folder.write("slow.ts", code);
  const run = await LocalRun.start({ app: "./slow.ts", workers: 2, cwd: folder.path }, true);
  await run.started();
  const { status } = await run.ended();
  expect(status.cluster).toMatchObject({ state: "finished", restarts: 0 });
  expect((await run.output()).split("\n")).toHaveLength(51);
});

test("an app that does not load is told as it is without workers; so are wrong words", async () => {
  folder.write("wrong.ts", "export default 1 +;\n");
  const ran = await runBinary(["run", "./wrong.ts", "--workers", "2"], { cwd: folder.path });
  expect([ran.status, ran.stderr]).toEqual([1, expect.stringContaining("wrong.ts:1:")]);
  const words = ["run", "./endless.ts", "--workers", "2", "--watch"];
  const watch = await runBinary(words, { cwd: folder.path });
  expect([watch.status, watch.stderr]).toEqual([2, expect.stringContaining("--watch")]);
});

test("standard input reaches the one worker that reads it, and its end ends the job", async () => {
  const code = `import { app, stdin, stdout, utf8 } from "wallaroo";
export default app("echo", (flow) => {
  flow.source("in", stdin({ decode: utf8 })).map("up", (line: string) => line.toUpperCase())
    .sink("out", stdout({ encode: utf8 }));
});
`;
  folder.write("echo.ts", code);
  const args = ["run", "./echo.ts", "--workers", "3", "--http", "off", "--data", "data"];
  const ran = await runBinary(args, { cwd: folder.path, input: "a\nb\nc\n" });
  expect([ran.status, ran.stdout]).toEqual([0, "A\nB\nC\n"]);
  expect(ran.stderr).toContain("all input was consumed");
});

test("--processes runs named workers of a cluster, kept alive, that leave together", async () => {
  const cwd = folder.path;
  const at = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--json"];
  const coordinator = await startBinary(["coordinator", ...at], { cwd });
  try {
    const [line] = await lineOf(coordinator.stdout, /\{.*"started".*\}/);
    const { listen, http } = JSON.parse(line) as Record<"listen" | "http", { port: number }>;
    const words = ["--join", `127.0.0.1:${listen.port}`, "--name", "w", "--processes", "2"];
    const workers = await startBinary(["worker", ...words], { cwd });
    const ask = async (): Promise<string[]> => {
      const to = ["--coordinator", `http://127.0.0.1:${http.port}`, "--json"];
      const { stdout } = await runBinary(["workers", ...to], { cwd });
      const all = (JSON.parse(stdout) as { workers: readonly { name: string }[] }).workers;
      return all.map(({ name }) => name);
    };
    while ((await ask()).length < 2) await Bun.sleep(20);
    expect(await ask()).toEqual(["w-1", "w-2"]);
    workers.kill("SIGTERM");
    expect(await workers.exited).toBe(0);
    expect(await ask()).toEqual([]);
  } finally {
    coordinator.kill("SIGTERM");
    await coordinator.exited;
  }
});

test("--processes wants a name to make names of, and is told so", async () => {
  const ran = await runBinary(["worker", "--processes", "2"], { cwd: folder.path });
  expect([ran.status, ran.stderr]).toEqual([2, expect.stringContaining("--name NAME")]);
});
