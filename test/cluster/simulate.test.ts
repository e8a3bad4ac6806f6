/** `wallaroo simulate` with the executable: apps that are right, and some that are not. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { AppFolder, lineApp } from "../support/app-folder.ts";
import { binary, type Ran, runBinary } from "../support/binary.ts";

setDefaultTimeout(60_000);

/** Lines by their length, counted, and then the body of a `flatMap` of a text. */
function keyedApp(name: string, body: string, before = ""): string {
  return `import { app, state, stdin, stdout, utf8 } from "wallaroo";
${before}
export default app("${name}", (flow) => {
  flow
    .source("lines", stdin({ decode: utf8 }))
    .keyBy("length", (line: string) => line.length)
    .mapWithState("count", state(() => ({ n: 0 })), (line, s) => line + " " + ++s.n)
    .flatMap("step", (text: string) => { ${body} })
    .sink("out", stdout({ encode: utf8 }));
});
`;
}

const WORD_COUNT = join(import.meta.dir, "../../apps/word-count");
const folder = new AppFolder({
  "apps/upper.ts": lineApp("upper", "line.toUpperCase()"),
  "apps/dice.ts": lineApp("dice", 'line + (Math.random() < 0.01 ? "!" : "")'),
  "apps/cache.ts": lineApp("cache", "`${line} ${++lines}`", "let lines = 0;"),
  "apps/uuid.ts": lineApp(
    "uuid",
    "line + randomUUID()",
    'import { randomUUID } from "node:crypto";',
  ),
  "apps/shuffle.ts": keyedApp(
    "shuffle",
    "const both = [`${text} a`, `${text} b`]; return ++calls % 100 === 0 ? both.reverse() : both;",
    "let calls = 0;",
  ),
  "in.txt": Array.from({ length: 300 }, (_, i) => `line ${i}\n`).join(""),
});
beforeAll(async () => void (await binary()), 60_000);
afterAll(() => folder[Symbol.dispose]());

const run = (...args: readonly string[]): Promise<Ran> =>
  runBinary(["simulate", ...args], { cwd: folder.path });
const input = ["--input", "lines=in.txt"];

test("an app that is right is the same under every seed", async () => {
  const upper = await run("upper", ...input, "--seeds", "20");
  expect(upper).toMatchObject({ status: 0, stderr: "" });
  expect(upper.stdout).toMatch(
    /^without faults: records read: lines 300; records of sinks: out 300\n20 seeds the same, 0/,
  );
  expect(upper.stdout).toMatch(/kill \d+/);
  const text = `lines=${join(WORD_COUNT, "input/bill_of_rights.txt")}`;
  const words = await run(join(WORD_COUNT, "app.ts"), "--input", text, "--seeds", "5", "--json");
  expect(JSON.parse(words.stdout)).toMatchObject({
    committed: { counts: 482 },
    same: 5,
    differ: 0,
  });
});

test("the app of the guide whose input is kept on a worker's disk is the same", async () => {
  const guide = join(import.meta.dir, "../../docs/guide/08-plain-input.md");
  const [, code] = /```ts\n([^]+?)```/.exec(await Bun.file(guide).text())!;
  expect(code).toContain('log: "disk"');
  folder.write("apps/orders.ts", code!);
  const orders = Array.from({ length: 300 }, (_, i) => ({ id: `o${i}`, cents: i * 1_000 }));
  folder.write("o.jsonl", orders.map((order) => `${JSON.stringify(order)}\n`).join(""));
  for (const workers of ["1", "3"]) {
    const words = ["--input", "orders=o.jsonl", "--seeds", "20", "--workers", workers, "--json"];
    const { status, stdout, stderr } = await run("orders", ...words);
    expect([status, stderr]).toEqual([0, ""]);
    const found = JSON.parse(stdout) as { readonly faults: Record<string, number> };
    expect(found).toMatchObject({ committed: { alarms: 199 }, same: 20, differ: 0 });
    expect(found.faults["kill"]).toBeGreaterThan(20);
  }
});

const DIFFERENT = /out: \d+ missing, such as "line.*"; \d+ too many, such as "line/;
/** What the records of some apps depend on. */
const DECIDING: Readonly<Record<string, string>> = {
  dice: "Math.random",
  uuid: "crypto.randomUUID",
};
const OTHER_ORDER =
  /out: another order of those of key \d: number \d+ is "line .*", without faults/;

test.each([
  ["dice", DIFFERENT],
  ["cache", DIFFERENT],
  ["shuffle", OTHER_ORDER],
  ["uuid", DIFFERENT],
])(
  "what is wrong with %s is found, explained, and found again by its seed",
  async (name, wanted) => {
    const found = await run(name, ...input, "--seeds", "200");
    expect(found.status).toBe(1);
    const [, seed, difference] = /^seed (\d+) differs: (.+)$/m.exec(found.stdout)!;
    expect(difference).toMatch(wanted);
    const again = /again: wallaroo simulate (.+)$/m.exec(found.stdout)![1]!;
    expect(again).toBe(`${name} --input lines=in.txt --workers 3 --from ${seed} --seeds 1`);
    const second = await run(...again.split(" "));
    expect(second.stdout).toContain(`seed ${seed} differs: ${difference}\n`);
    const decides = DECIDING[name];
    const why =
      decides === undefined ? "what a variable of" : `records depend on ${decides}, which`;
    for (const { stdout } of [found, second]) expect(stdout).toContain(`  likely why: ${why}`);
  },
);

test("input that is refused, and a comparison of nothing, are said", async () => {
  folder.write("mixed.txt", "1\n2\nno number\n4\n");
  const numbers = (filter: string): string => `import { app, json, stdin, stdout } from "wallaroo";
export default app("numbers", (flow) => {
  flow
    .source("in", stdin({ decode: json() }))
    .filter("some", (n) => ${filter})
    .sink("out", stdout({ encode: json() }));
});
`;
  folder.write("apps/numbers.ts", numbers("n > 1"));
  folder.write("apps/none.ts", numbers("n > 9"));
  const words = ["--input", "in=mixed.txt", "--seeds", "1"];
  const some = await run("numbers", ...words);
  expect(some.status).toBe(0);
  expect(some.stdout).toMatch(
    /^without faults: records read: in 4 \(1 refused\); .* out 2\n1 seed/,
  );
  expect(some.stderr).toMatch(/^warning: source "in" refused 1 of 4 records: its decoder cannot/);
  const none = await run("none", ...words, "--json");
  const nothing =
    'no sink got a record, so that nothing is compared: of 3 records that step "some"';
  expect(none.stderr).toContain(`warning: ${nothing} got it gave none on\n`);
  expect(JSON.parse(none.stdout)).toMatchObject({
    read: { in: { read: 4, refused: 1 } },
    committed: { out: 0 },
    warnings: [expect.stringContaining("refused 1 of 4"), expect.stringContaining(nothing)],
  });
});

test("what is missing or not there is said", async () => {
  const saying = async (...args: readonly string[]): Promise<string> => {
    const { status, stderr } = await run(...args);
    expect(status).toBeGreaterThan(0);
    return stderr;
  };
  expect(await saying("upper")).toMatch(/source "lines" .* has no input.*--input lines=FILE/);
  expect(await saying("upper", "--input", "x=in.txt")).toMatch(/no such source; it has: lines/);
  expect(await saying("upper", "--input", "lines=no.txt")).toMatch(
    /no\.txt.*there is no such file/,
  );
  expect(await saying("upper", ...input, ...input)).toMatch(/lines is given twice/);
  expect(await saying("upper", ...input, "--seeds", "0")).toMatch(/--seeds/);
  expect(await saying("upper", ...input, "--frame", "u32be")).toMatch(
    /--frame u32be is of files that hold frames, and --read lines cuts them/,
  );
  const ticks = `import { app, generator, json, stdout } from "wallaroo";
export default app("ticks", (flow) => {
  flow.source("ticks", generator({ make: (i) => i })).sink("out", stdout({ encode: json() }));
});
`;
  folder.write("apps/ticks.ts", ticks);
  expect(await saying("ticks")).toMatch(/source "ticks" \(generator.* has no end: .*count: 1000/);
  const alerts = join(import.meta.dir, "../../apps/alerts-stateful/app.ts");
  expect(await saying(alerts)).toMatch(
    /more than the 200000 records .*"transactions" .* made 200\d{3} records and has not ended/,
  );
  expect(await saying("uper", ...input)).toMatch(/no app "uper".*upper/s);
});
