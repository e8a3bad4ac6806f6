/**
 * What must not compile, and with which message. What must compile, and what is inferred, is in
 * inferred.ts.
 */
import { expect, test } from "bun:test";

const WRONG: readonly (readonly [what: string, code: string, message: RegExp])[] = [
  [
    "state on an unkeyed stream",
    'input.mapWithState("count", tally, (t) => t);',
    /Property 'mapWithState' does not exist on type 'Stream<.*>'/,
  ],
  [
    "a function in state",
    "state(() => ({ act: () => 1 }));",
    /state and keyed records must be plain data/,
  ],
  [
    "a class instance in state",
    "class Box { n = 1; more() { this.n++; } }\nstate(() => ({ box: new Box() }));",
    /state and keyed records must be plain data/,
  ],
  [
    "a handler that was forgotten",
    `connect({ a: input, b: input }).keyBy("k", { a: (t) => t.symbol, b: (t) => t.symbol })
      .withState("s", tally, { a(t, s) { s.count++; } });`,
    /Property 'b' is missing/,
  ],
  [
    "a key function that was forgotten",
    'connect({ a: input, b: input }).keyBy("k", { a: (t) => t.symbol });',
    /Property 'b' is missing/,
  ],
  [
    "keys of an object",
    'input.keyBy("k", (t) => ({ s: t.symbol }));',
    /is not assignable to type '.*Key'|not assignable to parameter/,
  ],
  [
    "a sink for another type",
    'input.sink("out", memory.sink<{ other: boolean }>().sink);',
    /not assignable to parameter of type 'Sink<Trade/,
  ],
  [
    "a duration in words",
    'input.keyBy("k", (t) => t.symbol).aggregate("n", { n: count() }, { emit: "10 minutes" });',
    /"10 minutes.* is not assignable to type .*Duration/,
  ],
  [
    "a merge of two types",
    'input.merge(flow.source("n", memory.source<number>([])));',
    /not assignable to parameter of type 'Stream<Trade>'/,
  ],
  [
    "a field that a record lacks",
    'input.map("m", (t) => t.prize);',
    /Property 'prize' does not exist on type 'Trade'. Did you mean 'price'/,
  ],
  [
    "a side output that was not declared",
    'input.map("m", (t, ctx) => { ctx.side("lost", t); return t; });',
    /Property 'side' does not exist on type 'StepContext'/,
  ],
  [
    "a side output of another type",
    `input.map("m", (t, ctx) => { ctx.side("prices", t.symbol); return t; },
      { side: { prices: side<number>() } });`,
    /'string' is not assignable to parameter of type 'number'/,
  ],
  [
    "what is diverted by a step that diverts nothing",
    'input.map("m", (t) => t).diverted;',
    /Property 'diverted' does not exist/,
  ],
  [
    "an error policy that does not exist",
    'input.map("m", (t) => t, { onError: "ignore" });',
    /'"ignore"' is not assignable to type 'OnError/,
  ],
  [
    "a forward stream of another type",
    'flow.forward<number>("f").from(input);',
    /not assignable to parameter of type 'Stream<number>'/,
  ],
  [
    "an app without a build function",
    'app("nothing");',
    /No overload matches this call|Expected 2-3 arguments/,
  ],
];

const HEAD = `import { app, connect, count, memory, side, state } from "../../src/api/mod.ts";
import type { Flow } from "../../src/api/mod.ts";
interface Trade { readonly symbol: string; readonly price: number }
const tally = state(() => ({ count: 0 }));
export const use = [app, connect, count, memory, side, state, tally];
export function wrong(flow: Flow): void {
  const input = flow.source("trades", memory.source<Trade>([]));
  use.push(input as never);
`;

test("what must not compile does not, with a readable message", async () => {
  const { mkdir, rm } = await import("node:fs/promises");
  const root = new URL("../../", import.meta.url).pathname;
  const folder = `${root}.wallaroo/wrong-types`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [i, [, code]] of WRONG.entries()) {
    await Bun.write(`${folder}/wrong-${i}.ts`, `${HEAD}${code}\n}\n`);
  }
  await Bun.write(`${folder}/right.ts`, `${HEAD}input.map("m", (t) => t.price);\n}\n`);
  await Bun.write(
    `${folder}/tsconfig.json`,
    JSON.stringify({ extends: "../../tsconfig.json", include: ["*.ts"] }),
  );
  const run = Bun.spawnSync([process.execPath, "check", "--no-script", "--no-pretty"], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1" },
  });
  const output = run.stdout.toString() + run.stderr.toString();
  await rm(folder, { recursive: true, force: true });
  expect(output).not.toContain("right.ts");
  for (const [i, [what, , message]] of WRONG.entries()) {
    const lines = output.split(/\n(?=\S*wrong-\d+\.ts)/);
    const mine = lines.filter((line) => line.includes(`wrong-${i}.ts(`)).join("\n");
    expect(`${what}: ${mine}`).toMatch(message);
  }
});
