/** `wallaroo simulate`: an app under crashes, cuts and clock jumps, in simulated time. */
import { externalError } from "../base/errors.ts";
import { durationText } from "../base/duration.ts";
import { FRAME_KINDS, type FrameKind } from "../model/frame.ts";
import type { SimulatedResult } from "../testing/simulated-run.ts";
import type { Frames } from "../testing/simulated-input.ts";
import { argument, command, flag, type Io, list, option, type Out, usageError } from "./command.ts";
import { readFile } from "./read-file.ts";
import { makeBlock, READ_KINDS, type ReadKind } from "./send-block.ts";
import { type Counted, countsText, readBySource, warningsOf } from "./simulated-counts.ts";
import { LATE_WHY } from "./likely-why.ts";
import { LiveLine } from "./live-line.ts";
import { openSimulator, type Simulator } from "./simulator.ts";
import { numberText, styled } from "./table.ts";
import { count, oneOf, setting, word } from "./values.ts";

const SEEDS_MAX = 1_000_000;
const WORKERS_MAX = 16;

interface Cut {
  readonly read: ReadKind;
  readonly frame: FrameKind;
}

interface Totals {
  same: number;
  differ: number;
  virtualMs: number;
  readonly faults: Map<string, number>;
}

export const simulate = command({
  name: "simulate",
  summary: "run an app under crashes, cuts and clock jumps, in simulated time",
  about:
    "Runs the app once on one worker without faults, then once for each seed on several workers " +
    "that are killed, paused and cut off from each other: the real coordinator and workers on a " +
    "simulated network, disk and clock, in this process. Says whether any sink committed other " +
    "records than without faults, or those of one key in another order where that is defined. " +
    "The app's modules are evaluated anew for each process, so what a module remembers between " +
    "records is lost as in a real crash; chance and time that the app asks for belong to the " +
    "seed. A difference comes with a likely reason.\n" +
    "Each source that reads bytes needs a file. Files come one after the other, in the order " +
    "given, each when the one before is processed and durable, so that results do not depend on " +
    "which source is faster. Sinks keep what they are given; nothing leaves this process but " +
    "what the app's own functions do.",
  args: {
    app: argument("APP", "a name in the folder of --apps, or a path", word, { hint: "file" }),
  },
  options: {
    input: list("SOURCE=FILE", "what a source reads", setting),
    read: option("HOW", "how files hold records: lines or raw", oneOf(READ_KINDS), "lines", {
      hint: READ_KINDS,
    }),
    frame: option(
      "FRAME",
      "with --read raw: the frames of the files (lines)",
      oneOf(FRAME_KINDS),
      undefined,
      { hint: FRAME_KINDS },
    ),
    seeds: option("N", "how many runs", count({ min: 1, max: SEEDS_MAX }), 100),
    from: option("SEED", "the first seed", count({ max: 2 ** 31 }), 1),
    workers: option("N", "workers of each run", count({ min: 1, max: WORKERS_MAX }), 3),
    ignore: list("FIELD", "a field of records that is not compared, such as a time", word),
    keepGoing: flag("go on after a seed that differs"),
    apps: option("DIR", "where apps are looked for by name", word, "apps", { hint: "folder" }),
    set: list("NAME=VALUE", "an option of the app", setting),
    json: flag("print JSON"),
  },
  examples: [
    ["wallaroo simulate word-count --input lines=text.txt", "100 seeds"],
    ["wallaroo simulate ./app.ts --input in=a.txt --from 17 --seeds 1", "one seed again"],
    ["wallaroo simulate ./app.ts --input in=a.msg --read raw --frame u32be", "frames"],
  ],
  async run({ args, options: given, io }) {
    const { from, seeds } = given;
    const options = { ...given, frame: frameOf(given) };
    const inputs = await inputsOf(options, io);
    using simulator = await openSimulator(args.app, { ...options, inputs, cwd: io.cwd });
    using progress = new Progress(io.stderr);
    const say = async (text: string): Promise<void> => {
      progress.clear();
      if (!options.json) await io.stdout.write(`${text}\n`);
    };
    progress.show("without faults ...");
    const reference = await simulator.run();
    progress.clear();
    if (reference.problem !== undefined) {
      throw externalError("no_reference", `without faults, on one worker: ${reference.problem}`);
    }
    checkIgnored(reference);
    const committed = Object.fromEntries(reference.output.counts);
    const { sources } = simulator;
    const counted = { steps: reference.steps, sources, written: committed };
    await say(`without faults: ${countsText(counted)}`);
    const warnings = await warned(counted, io.stderr);
    const totals: Totals = { same: 0, differ: 0, virtualMs: 0, faults: new Map() };
    const different: { seed: number; difference: string; again: string }[] = [];
    const again = againText(args.app, options);
    const whys = new Whys(simulator, reference);
    for (let seed = from; seed < from + seeds; seed++) {
      const { differ } = totals;
      progress.show(`seed ${seed}: ${seed - from + 1} of ${seeds}, ${differ} differ`);
      const result = await simulator.run(seed);
      add(totals, result);
      const difference = result.problem ?? result.output.differenceFrom(reference.output);
      if (difference === undefined) {
        totals.same++;
        continue;
      }
      totals.differ++;
      different.push({ seed, difference, again: again(seed) });
      await say(`seed ${seed} differs: ${difference}\n  faults: ${faultsText(result.faults)}`);
      await say(`  again: ${again(seed)}`);
      const why = await whys.newOf(result);
      if (why !== undefined) await say(`  likely why: ${why}`);
      if (!options.keepGoing) break;
    }
    const { same, differ, virtualMs } = totals;
    const faults = Object.fromEntries(totals.faults);
    progress.clear();
    if (options.json) {
      const json = {
        app: simulator.name,
        read: readBySource(counted),
        committed,
        warnings,
        same,
        differ,
        virtualMs,
        faults,
        different,
        why: whys.known,
      };
      await io.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
    }
    await say(
      `${numberText(same)} seeds the same, ${numberText(differ)} differ; ` +
        `${durationText(Math.round(virtualMs))} simulated, faults: ${faultsText(faults)}`,
    );
    return differ === 0 ? 0 : 1;
  },
});

/** Why seeds differ: each reason is said once, since finding it takes runs. */
class Whys {
  readonly #simulator: Simulator;
  readonly #reference: SimulatedResult;
  #ofRecords: string | undefined;
  #ofTime: string | undefined;

  constructor(simulator: Simulator, reference: SimulatedResult) {
    this.#simulator = simulator;
    this.#reference = reference;
  }

  /** What was found: that of records goes first. */
  get known(): string | undefined {
    return this.#ofRecords ?? this.#ofTime;
  }

  /** Of a run that differs; undefined when it was said. */
  async newOf({ isLate }: SimulatedResult): Promise<string | undefined> {
    if (isLate) return this.#ofTime === undefined ? (this.#ofTime = LATE_WHY) : undefined;
    if (this.#ofRecords !== undefined) return undefined;
    return (this.#ofRecords = await this.#simulator.why(this.#reference));
  }
}

async function warned(counted: Counted, err: Out): Promise<readonly string[]> {
  const warnings = warningsOf(counted);
  for (const warning of warnings) {
    await err.write(`${styled(err, "yellow", "warning:")} ${warning}\n`);
  }
  return warnings;
}

/** How far it is, on a terminal. */
class Progress implements Disposable {
  readonly #err: Out;
  readonly #line: LiveLine;

  constructor(err: Out) {
    this.#err = err;
    this.#line = new LiveLine(err);
  }

  show(text: string): void {
    if (this.#err.hasColor) this.#line.show(text);
  }

  clear(): void {
    const { clear } = this.#line;
    if (clear !== "") void this.#err.write(clear);
  }

  [Symbol.dispose](): void {
    this.clear();
  }
}

function checkIgnored({ output }: SimulatedResult): void {
  const { strange, known } = output.strangeFields;
  if (strange.length === 0) return;
  const have = known.length === 0 ? "records have no fields" : `there are: ${known.join(", ")}`;
  throw usageError(`--ignore ${strange[0]}: no record of a sink has that field; ${have}`);
}

/** The command that repeats one seed. */
function againText(
  app: string,
  options: Cut & {
    readonly input: readonly (readonly [string, string])[];
    readonly set: readonly (readonly [string, string])[];
    readonly ignore: readonly string[];
    readonly workers: number;
    readonly apps: string;
  },
): (seed: number) => string {
  const words = ["wallaroo", "simulate", app];
  for (const [name, value] of options.input) words.push("--input", `${name}=${value}`);
  for (const [name, value] of options.set) words.push("--set", `${name}=${value}`);
  for (const field of options.ignore) words.push("--ignore", field);
  if (options.read !== "lines") words.push("--read", options.read, "--frame", options.frame);
  words.push("--workers", String(options.workers));
  if (options.apps !== "apps") words.push("--apps", options.apps);
  const shown = words.map((one) => (/^[\w./:=@%+,-]+$/.test(one) ? one : shellText(one)));
  return (seed) => [...shown, "--from", seed, "--seeds", 1].join(" ");
}

function shellText(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function add(totals: Totals, { virtualMs, faults }: SimulatedResult): void {
  totals.virtualMs += virtualMs;
  for (const [name, times] of Object.entries(faults)) {
    totals.faults.set(name, (totals.faults.get(name) ?? 0) + times);
  }
}

function faultsText(faults: Readonly<Record<string, number>>): string {
  const all = Object.entries(faults).map(([name, times]) => `${name} ${numberText(times)}`);
  return all.length === 0 ? "none" : all.join(", ");
}

/** @throws {UsageError} where it would not be looked at */
function frameOf({ read, frame }: { read: ReadKind; frame: FrameKind | undefined }): FrameKind {
  if (frame === undefined) return "lines";
  if (read === "raw") return frame;
  throw usageError(
    `--frame ${frame} is of files that hold frames, and --read ${read} cuts them otherwise: give ` +
      "--read raw, too, or leave --frame out",
  );
}

async function inputsOf(
  { input, read, frame }: Cut & { readonly input: readonly (readonly [string, string])[] },
  io: Io,
): Promise<ReadonlyMap<string, Frames>> {
  const inputs = new Map<string, Frames>();
  for (const [name, path] of input) {
    if (inputs.has(name)) throw usageError(`--input ${name} is given twice: one file a source`);
    inputs.set(name, await framesOf(path, { read, frame }, io));
  }
  return inputs;
}

/** Cuts a file as `wallaroo send` does. */
async function framesOf(path: string, { read, frame }: Cut, io: Io): Promise<Frames> {
  const file = await readFile(path, io);
  const block = makeBlock(file, { name: path, read, frame, keepEmpty: false, repeat: 1 });
  const { bytes, fileRecords, headerBytes, trailerBytes } = block;
  const starts = new Int32Array(fileRecords);
  const ends = new Int32Array(fileRecords);
  for (let i = 0; i < fileRecords; i++) {
    starts[i] = (i === 0 ? 0 : block.ends[i - 1]!) + headerBytes;
    ends[i] = block.ends[i]! - trailerBytes;
  }
  return { bytes, starts, ends };
}
