import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userError } from "../../../src/base/errors.ts";
import { cli } from "../../../src/cli/cli.ts";
import {
  argument,
  type Command,
  command,
  flag,
  list,
  option,
  optionalArgument,
} from "../../../src/cli/command.ts";
import { count, oneOf, setting, text } from "../../../src/cli/values.ts";
import { FakeIo } from "../../support/fake-io.ts";

const shapes = ["round", "square"] as const;

/** Prints what it was called with. */
const show = command({
  name: "show",
  summary: "print the call",
  args: {
    first: argument("FIRST", "the first"),
    second: optionalArgument("SECOND", "the second", count({ max: 9 })),
  },
  options: {
    id: option("ID", "an id", text),
    maxSize: option("N", "a number", count({ min: 1, max: 10 }), 3),
    shape: option("SHAPE", "a shape", oneOf(shapes), "round", { hint: shapes, short: "s" }),
    set: list("NAME=VALUE", "settings", setting),
    json: flag("a flag", { short: "j" }),
    metrics: flag("another flag", {}, true),
  },
  examples: [["wallaroo show a", "shows a"]],
  async run({ args, options, io }) {
    await io.stdout.write(JSON.stringify({ args, options }));
    return 0;
  },
});

const fails = command({
  name: "store verify",
  summary: "fail",
  args: { how: argument("HOW", "how", oneOf(["user", "defect"])) },
  options: {},
  examples: [],
  async run({ args }) {
    await Promise.resolve();
    if (args.how === "user") throw userError("bad", "a is b, in c: do d");
    throw new TypeError("x is not a function");
  },
});

const commands: readonly Command[] = [show, fails];

interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function run(argv: readonly string[], io = new FakeIo()): Promise<Outcome> {
  const status = await cli(argv, io, commands);
  return { status, out: io.stdout.text, err: io.stderr.text };
}

async function called(
  argv: readonly string[],
  io = new FakeIo(),
): Promise<Record<string, unknown>> {
  const { status, out, err } = await run(argv, io);
  expect(err).toBe("");
  expect(status).toBe(0);
  const { args, options } = JSON.parse(out) as Record<string, Record<string, unknown>>;
  return { ...args, ...options };
}

const initial = { maxSize: 3, shape: "round", set: [], json: false, metrics: true };

test("arguments and options get their values, others their fallbacks", async () => {
  expect(await called(["show", "x"])).toEqual({ first: "x", ...initial });
  expect(await called(["show", "--max-size", "7", "x", "4", "-j", "-s", "square"])).toEqual({
    first: "x",
    second: 4,
    ...initial,
    maxSize: 7,
    json: true,
    shape: "square",
  });
});

test.each(["007", "12345678901234567890", "1e3", "0x10", "", " ", "-", "--", "-5", "true", "a b"])(
  "the text %j stays as it was typed",
  async (value) => {
    expect((await called(["show", "x", `--id=${value}`]))["id"]).toBe(value);
    expect((await called(["show", "--", value]))["first"]).toBe(value);
  },
);

test("a lone dash and numbers below zero are values", async () => {
  expect((await called(["show", "-"]))["first"]).toBe("-");
  expect((await called(["show", "x", "--id", "-"]))["id"]).toBe("-");
  expect((await called(["show", "x", "--id", "-5"]))["id"]).toBe("-5");
});

test("lists gather, flags can be switched off", async () => {
  const given = await called(["show", "x", "--set", "a=1", "--set=b=c=d", "--no-metrics"]);
  expect(given["set"]).toEqual([
    ["a", "1"],
    ["b", "c=d"],
  ]);
  expect(given["metrics"]).toBe(false);
  expect((await called(["show", "x", "--metrics=false"]))["metrics"]).toBe(false);
});

test.each<[string[], string]>([
  [["shwo"], 'there is no command "shwo"; did you mean show?'],
  [["store", "verfy"], 'there is no command "store verfy"; did you mean store verify?'],
  [["show"], "FIRST is missing (the first): wallaroo show FIRST [SECOND] [OPTIONS]"],
  [["show", "a", "1", "b"], '"b" is too much: show takes at most 2'],
  [["show", "a", "ten"], 'SECOND: "ten" is no whole number'],
  [["show", "a", "10"], "SECOND: 10 is out of range: 0 to 9"],
  [["show", "a", "--jsn"], "wallaroo show has no option --jsn; did you mean --json?"],
  [["show", "a", "--metric"], "wallaroo show has no option --metric; did you mean --metrics?"],
  [["show", "a", "-x"], "wallaroo show has no option -x"],
  [["--jsno", "show"], "wallaroo has no option --jsno"],
  [["show", "a", "--id"], "--id needs a value: --id ID"],
  [["show", "a", "--id", "--json"], "--id needs a value: --id ID"],
  [["show", "a", "--no-id", "x"], "--no-id: --id takes a value, it cannot be negated"],
  [["show", "a", "--id", "1", "--id", "2"], "--id is given twice: give it once"],
  [["show", "a", "--max-size", "0"], "--max-size: 0 is out of range: 1 to 10"],
  [["show", "a", "--max-size", "1.5"], '--max-size: "1.5" is no whole number'],
  [
    ["show", "a", "--shape", "squre"],
    '--shape: "squre" is none of round, square; did you mean square?',
  ],
  [["show", "a", "--json=maybe"], '--json: "maybe" is neither true nor false'],
  [["show", "a", "--set", "b"], '--set: "b" is no name=value'],
  [["show", "a", "--config"], "--config needs a value: --config FILE"],
])("%j is refused with status 2 and a reason", async (argv, why) => {
  const { status, out, err } = await run(argv);
  expect(status).toBe(2);
  expect(out).toBe("");
  expect(err.split("\n")[0]).toBe(`error: ${why}`);
  expect(err).toContain("--help` shows how it is used.");
});

test("a failure has status 1 and no more than its message", async () => {
  const { status, err } = await run(["store", "verify", "user"]);
  expect({ status, err }).toEqual({ status: 1, err: "error: a is b, in c: do d\n" });
});

test("a defect is told with its stack", async () => {
  const { status, err } = await run(["store", "verify", "defect"]);
  expect(status).toBe(1);
  expect(err).toContain("error: x is not a function\nThis is a defect of wallaroo:");
  expect(err).toContain("cli.test.ts");
});

test("help is output with status 0, also of a command and of a group", async () => {
  const main = await run(["--help"]);
  expect([main.status, main.err]).toEqual([0, ""]);
  expect(main.out).toContain("store verify");
  for (const argv of [
    ["show", "--help"],
    ["help", "show"],
    ["-h", "show"],
    ["show", "a", "-h"],
  ]) {
    const { status, out } = await run(argv);
    expect(status).toBe(0);
    expect(out).toContain("Usage: wallaroo show FIRST [SECOND] [OPTIONS]");
  }
  expect((await run(["store", "--help"])).out).toContain("Usage: wallaroo store COMMAND");
});

test("no command at all shows help as a complaint", async () => {
  for (const argv of [[], ["store"]]) {
    const { status, out, err } = await run(argv);
    expect([status, out]).toEqual([2, ""]);
    expect(err).toContain("Usage: wallaroo");
  }
});

test("--version tells the version", async () => {
  expect((await run(["--version"])).out).toMatch(/^wallaroo \d+\.\d+\.\d+/);
});

test("an option comes from the command line, else the environment, else a file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wallaroo-cli-"));
  try {
    const file = join(folder, "settings.toml");
    writeFileSync(
      file,
      'id = "file"\nmax-size = 5\n[show]\nshape = "square"\nset = ["a=1", "b=2"]\n',
    );
    const env = { WALLAROO_ID: "env", WALLAROO_CONFIG: file };
    const found = await called(["show", "x"], new FakeIo({ env }));
    expect(found).toMatchObject({ id: "env", maxSize: 5, shape: "square" });
    expect(found["set"]).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
    const typed = await called(
      ["show", "x", "--id", "typed", "--config", file],
      new FakeIo({ env }),
    );
    expect(typed["id"]).toBe("typed");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("errors are coloured on a terminal only", async () => {
  const io = new FakeIo({ isTerminal: true });
  await cli(["nothing"], io, commands);
  expect(io.stderr.text).toStartWith("\u001b[31merror:\u001b[39m ");
});
