/** `wallaroo check`: types, graph and states of an app, without running it. */
import { relative } from "node:path";
import { durationText } from "../base/duration.ts";
import { messageOf, WallarooError } from "../base/errors.ts";
import type { Against } from "../host/check-against.ts";
import type { TypeProblem } from "../host/type-check.ts";
import type { StateShown } from "../planner/states.ts";
import { findManifest, type FoundManifest, tellAgainst } from "./against.ts";
import { argument, command, flag, type Io, list, option } from "./command.ts";
import { DOORS } from "./doors.ts";
import { STORE_OPTIONS } from "./store-options.ts";
import { styled, tableText } from "./table.ts";
import { setting, word } from "./values.ts";

/** How many problems people are shown; --json has all. */
const SHOWN_MAX = 50;

interface Checked {
  readonly app: string | undefined;
  readonly file: string;
  readonly types: readonly TypeProblem[] | undefined;
  /** What is wrong with loading or with the graph. */
  readonly problem: WallarooError | undefined;
  readonly steps: number;
  readonly states: readonly StateShown[];
  /** With a checkpoint that was named, when the graph is good. */
  readonly against?: Against | undefined;
}

export const check = command({
  name: "check",
  summary: "check the types and the graph of an app, and list its states",
  about:
    "Checks the types of the app and of what lies in its folder, loads it, checks its graph and " +
    "makes its plan. Nothing is read or written. The type checker is inside this executable. " +
    "--against tells what becomes of each state when the app goes on from a checkpoint; of its " +
    "files only sizes are looked at.",
  args: {
    app: argument("APP", "a name in the folder of --apps, or a path", word, { hint: "file" }),
  },
  options: {
    apps: option("DIR", "where apps are looked for by name", word, "apps", { hint: "folder" }),
    set: list("NAME=VALUE", "an option of the app", setting),
    types: flag("do not check types", {}, true),
    against: option("CHECKPOINT", "whether it could go on: JOB, JOB@12, JOB@sp-12, FILE.zip", word),
    ...STORE_OPTIONS,
    json: flag("print JSON"),
  },
  examples: [
    ["wallaroo check word-count --against word-count", "the newest checkpoint in .wallaroo"],
    ["wallaroo check ./words", "words/app.ts and what lies beside it"],
    ["wallaroo check word-count --json", "for programs"],
  ],
  async run({ args, options, io }) {
    const { findApp } = await import("../host/find-app.ts");
    const file = findApp({ argument: args.app, appsFolder: options.apps, cwd: io.cwd });
    const { against: meant } = options;
    const kept = meant === undefined ? undefined : await findManifest(meant, options, io);
    const [types, graph] = await Promise.all([
      options.types ? typesOf(file, io) : undefined,
      graphOf(file, Object.fromEntries(options.set), io, kept),
    ]);
    const checked = { file, types, ...graph };
    if (options.json) await io.stdout.write(`${jsonText(checked)}\n`);
    else await tell(checked, kept?.damage !== undefined, io);
    return isGood(checked) ? 0 : 1;
  },
});

async function typesOf(file: string, io: Io): Promise<readonly TypeProblem[]> {
  const { checkTypes } = await import("../host/type-check.ts");
  return await checkTypes(file, io.cwd);
}

async function graphOf(
  file: string,
  set: Readonly<Record<string, string>>,
  io: Io,
  kept: FoundManifest | undefined,
): Promise<Pick<Checked, "app" | "problem" | "steps" | "states" | "against">> {
  const [{ loadApp }, { validate }, { plan }, { statesOf }, { checkAgainst }] = await Promise.all([
    import("../host/load-app.ts"),
    import("../planner/validate.ts"),
    import("../planner/plan.ts"),
    import("../planner/states.ts"),
    import("../host/check-against.ts"),
  ]);
  try {
    const { pipeline } = await loadApp(file, { cwd: io.cwd, set, modules: DOORS });
    validate(pipeline);
    plan(pipeline);
    const steps = pipeline.steps.length;
    const against = kept === undefined ? undefined : checkAgainst(pipeline, kept.manifest, kept);
    return { app: pipeline.app, problem: undefined, steps, states: statesOf(pipeline), against };
  } catch (error) {
    if (!(error instanceof WallarooError)) throw error;
    return { app: undefined, problem: error, steps: 0, states: [] };
  }
}

function isGood({ types = [], problem, against }: Checked): boolean {
  return types.length === 0 && problem === undefined && (against?.problems ?? []).length === 0;
}

async function tell(checked: Checked, isInStore: boolean, io: Io): Promise<void> {
  const { against } = checked;
  await tellApp(checked, io);
  if (against !== undefined) await tellAgainst(against, isInStore, io);
}

async function tellApp(checked: Checked, io: Io): Promise<void> {
  const { types, problem, app, file, steps, states } = checked;
  const red = styled(io.stderr, "red", "error:");
  for (const one of (types ?? []).slice(0, SHOWN_MAX)) {
    const where =
      one.file === undefined ? "" : `${shownPath(one.file, io)}:${one.line}:${one.column}: `;
    await io.stderr.write(`${red} ${where}${one.message} (${one.code})\n`);
  }
  const more = (types?.length ?? 0) - SHOWN_MAX;
  if (more > 0) await io.stderr.write(`${red} and ${more} more: --json has all\n`);
  if (problem !== undefined) await io.stderr.write(`${red} ${messageOf(problem)}\n`);
  if ((types ?? []).length > 0 || problem !== undefined) return;
  const how = types === undefined ? "its graph is" : "types and graph are";
  const count = `${steps} ${steps === 1 ? "step" : "steps"}`;
  await io.stdout.write(`${app} (${shownPath(file, io)}): ${how} good, ${count}\n`);
  if (states.length === 0) {
    await io.stdout.write("It keeps no state.\n");
    return;
  }
  const rows = states.map(({ step, part, kind, version, ttl }) => [
    part === "" ? step : `${step} / ${part}`,
    kind,
    String(version),
    ttl === undefined ? "kept" : `after ${durationText(ttl.afterMs)} (${ttl.time} time)`,
  ]);
  const columns = ["STATE", "KIND", "VERSION", "DROPPED"].map((title) => ({ title }));
  await io.stdout.write(tableText(columns, rows, io.stdout));
}

function jsonText(checked: Checked): string {
  const { app, file, types, problem, steps, states, against } = checked;
  return JSON.stringify({
    isGood: isGood(checked),
    app: app ?? null,
    file,
    types: types ?? null,
    problem: problem === undefined ? null : { code: problem.code, message: problem.message },
    steps,
    states,
    ...(against === undefined ? {} : { against }),
  });
}

function shownPath(path: string, io: Io): string {
  const short = relative(io.cwd, path);
  return short.startsWith("..") ? path : short;
}
