/** The binary itself: what it ignores, what it refuses, how it runs apps that are not ours. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { AppFolder, lineApp } from "../support/app-folder.ts";
import { binary, lineOf, runBinary, type RunOptions, startBinary } from "../support/binary.ts";

const folder = new AppFolder();
beforeAll(binary, 60_000);
afterAll(() => folder[Symbol.dispose]());

const run = (args: readonly string[], options: RunOptions = {}) =>
  runBinary(["run", ...args, "--http", "off"], { cwd: folder.path, ...options });

test("it tells its version and its commands", async () => {
  const version = await runBinary(["version"]);
  expect(version.stdout).toStartWith(`wallaroo ${manifest.version}`);
  const help = await runBinary(["--help"]);
  expect(help.status).toBe(0);
  expect(help.stdout).toContain("run an app");
  expect(help.stdout).not.toContain("__bundle");
  expect((await runBinary(["rnu"])).stderr).toContain("did you mean run?");
});

test("it does not start under BUN_OPTIONS, and says why and how to unset it", async () => {
  const refused = await runBinary(["version"], { env: { BUN_OPTIONS: "--smol" } });
  expect([refused.status, refused.stdout]).toEqual([2, ""]);
  expect(refused.stderr).toContain("whoever sets it can run code inside this program");
  expect(refused.stderr).toContain("unset BUN_OPTIONS");
});

test("a bunfig.toml and an .env in the folder where it starts change nothing", async () => {
  const seen = join(folder.path, "preloaded");
  const code = `require("fs").writeFileSync(${JSON.stringify(seen)}, "");`;
  folder.write("hostile/evil.ts", code);
  folder.write("hostile/bunfig.toml", 'preload = ["./evil.ts"]\n[run]\npreload = ["./evil.ts"]\n');
  folder.write("hostile/.env", "FROM_DOTENV=1\nWALLAROO_QUIET=true\n");
  folder.write("hostile/app.ts", lineApp("env", 'line + (process.env["FROM_DOTENV"] ?? "-")'));
  const cwd = join(folder.path, "hostile");
  const ran = await run(["./app.ts", "--quiet"], { cwd, input: "a\n" });
  expect([ran.status, ran.stdout, ran.stderr]).toEqual([0, "a-\n", ""]);
  expect(existsSync(seen)).toBe(false);
});

test("an app elsewhere runs, with an enum, a relative import and a package beside it", async () => {
  folder.write(
    "node_modules/left-arrow/package.json",
    '{"name":"left-arrow","version":"1.0.0","type":"module","exports":"./index.js"}',
  );
  folder.write("node_modules/left-arrow/index.js", 'export const arrow = (s) => "<" + s;');
  folder.write("apps/whole/helper.ts", "export const up = (s: string) => s.toUpperCase();");
  const before = `import { arrow } from "left-arrow";
import { up } from "./helper";
enum Kind { Good, Bad }`;
  folder.write("apps/whole/app.ts", lineApp("whole", "arrow(up(line)) + Kind[1]", before));
  const ran = await run(["whole"], { input: "a\nb\n" });
  expect(ran.stdout).toBe("<ABad\n<BBad\n");
  // The app has standard output, so what is for people is elsewhere.
  expect(ran.stderr).toContain("sink   out: ");
  expect(ran.stderr).toContain("all input was consumed");
  expect(ran.status).toBe(0);
});

test("the name of a class is in what an app throws, and so are its own file and line", async () => {
  const before = `
class OrderError extends TypeError {}
function check(line: string): string {
  if (line === "b") throw new OrderError("bad " + new OrderError().constructor.name);
  return line;
}`;
  const file = folder.write("boom.ts", lineApp("boom", "check(line)", before));
  const ran = await run(["./boom.ts", "--quiet"], { input: "a\nb\nc\n" });
  expect(ran.status).toBe(1);
  expect(ran.stderr).toContain('error: step "step": ');
  expect(ran.stderr).toContain("bad OrderError");
  expect(ran.stderr).toContain(`${file}:5:`);
  expect(ran.stderr).toContain('"b"');
});

test("a graph that cannot run is refused with the file and line of each step", async () => {
  const twice = '.map("step", (line) => line)\n    .sink';
  const code = lineApp("twice", "line").replace(".sink", twice);
  const file = folder.write("twice.ts", code);
  const ran = await run(["./twice.ts"]);
  expect(ran.status).toBe(1);
  expect(ran.stderr).toContain(`two steps are called "step" (${file}:6 and ${file}:7)`);
});

test("our own classes keep their names: an error of ours is called by it", async () => {
  const code = `import { WallarooError } from "wallaroo";
throw new Error(WallarooError.name);`;
  folder.write("named.ts", code);
  expect((await run(["./named.ts"])).stderr).toContain("WallarooError");
});

test("an app that hangs while it loads is an error at its deadline", async () => {
  folder.write("hang.ts", 'import { app } from "wallaroo";\nfor (;;);\nexport default app;\n');
  const ran = await run(["./hang.ts", "--load-within", "700ms"]);
  expect(ran.status).toBe(1);
  expect(ran.stderr).toContain(
    "was not loaded within 700 ms, the limit: it hangs while it was imp",
  );
});

test("an HTTP port that was asked for and is taken is an error; nothing was read", async () => {
  folder.write("fine.ts", lineApp("fine", "line"));
  using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const args = ["run", "./fine.ts", "--http", `127.0.0.1:${other.port}`];
  const ran = await runBinary(args, { cwd: folder.path, input: "a\n" });
  expect(ran.status).toBe(1);
  expect(ran.stderr).toContain(`error: HTTP port 127.0.0.1:${other.port} is taken`);
  expect(ran.stdout).toBe("");
});

test("an HTTP address that other machines can reach is refused", async () => {
  const ran = await runBinary(["run", "./fine.ts", "--http", "0.0.0.0:0"], { cwd: folder.path });
  expect(ran.status).toBe(1);
  expect(ran.stderr).toContain("can be reached from other machines");
});

const ENDLESS = `import { app, generator, stdout, utf8 } from "wallaroo";
export default app("endless", (flow) => {
  flow
    .source("numbers", generator({ rate: 20_000, make: (i) => String(i) }))
    .sink("out", stdout({ encode: utf8 }));
});
`;

interface Ended {
  readonly reason: string;
  readonly status: { readonly state: string; readonly sources: { readonly records: number }[] };
}

test("SIGTERM ends a job in good order: every record that was read was written", async () => {
  folder.write("endless.ts", ENDLESS);
  const args = ["run", "./endless.ts", "--json", "--http", "127.0.0.1:0"];
  const child = await startBinary(args, { cwd: folder.path });
  const out = new Response(child.stdout).text();
  const [, started] = await lineOf(child.stderr, /^(\{"type":"started".*)$/m);
  const { http } = JSON.parse(started!) as { readonly http: { readonly port: number } };
  const base = `http://127.0.0.1:${http.port}`;
  expect(await (await fetch(`${base}/ready`)).json()).toMatchObject({ status: "ready" });
  const put = { method: "PUT", body: '{"on":false}' };
  expect(await (await fetch(`${base}/v1/metrics`, put)).json()).toEqual({ on: false });
  for (;;) {
    const status = (await (await fetch(`${base}/v1/status`)).json()) as Ended["status"];
    if (status.sources[0]!.records > 1_000) break;
  }
  child.kill("SIGTERM");
  const [, last] = await lineOf(child.stderr, /^(\{"type":"ended".*)$/m);
  const { reason, status } = JSON.parse(last!) as Ended;
  expect(await child.exited).toBe(0);
  expect([reason, status.state]).toEqual(["asked to (SIGTERM)", "stopped"]);
  const lines = (await out).split("\n").slice(0, -1);
  expect(lines).toEqual(Array.from({ length: status.sources[0]!.records }, (_, i) => String(i)));
});

test("--for ends a job in good order, and HTTP can as well", async () => {
  const short = await run(["./endless.ts", "--for", "100ms"]);
  expect([short.status, short.stderr]).toEqual([
    0,
    expect.stringContaining("--for 100 ms is over"),
  ]);
  const args = ["run", "./endless.ts", "--json", "--http", "127.0.0.1:0"];
  const child = await startBinary(args, { cwd: folder.path });
  const out = new Response(child.stdout).text();
  const [, port] = await lineOf(child.stderr, /"http":\{"host":"127\.0\.0\.1","port":(\d+)\}/);
  const stop = await fetch(`http://127.0.0.1:${port}/v1/stop`, { method: "POST" });
  expect(stop.status).toBe(202);
  await lineOf(child.stderr, /asked to by HTTP/);
  expect(await child.exited).toBe(0);
  await out;
});

test("values of --set with = in them arrive whole, and unknown names are refused", async () => {
  const code = `import { app, generator, options, stdout, text, utf8 } from "wallaroo";
export default app("opt", options({ q: text("") }), (flow, o) => {
  flow
    .source("once", generator({ count: 1, make: () => o.q }))
    .sink("out", stdout({ encode: utf8 }));
});`;
  folder.write("opt.ts", code);
  expect((await run(["./opt.ts", "-q", "--set", "q=a=b="])).stdout).toBe("a=b=\n");
  const wrong = await run(["./opt.ts", "--set", "p=1"]);
  expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining("no such option")]);
});

test("an exception outside of any step ends the job with its stack", async () => {
  const late = "(setTimeout(() => { throw new RangeError('late'); }, 0), line)";
  const file = folder.write("late.ts", lineApp("late", late));
  const child = await startBinary(["run", "./late.ts", "-q", "--http", "off"], {
    cwd: folder.path,
  });
  await child.stdin.write("a\n");
  await child.stdin.flush();
  const errors = await new Response(child.stderr).text();
  expect(await child.exited).toBe(1);
  expect(errors).toContain(`RangeError: late\\n    at <anonymous> (${file}:`);
  expect(errors).toContain("error: an exception outside of any step: late");
});
