/**
 * Word count with one worker and with two. Each run is a local cluster on both cores; the input is
 * files that the workers read, the output is thinned, so that nothing else asks for the cores.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "../harness/child.ts";
import { type BenchCase, check, type Context } from "../harness/context.ts";
import { copyApp, type Copy } from "../harness/copies.ts";
import { busySince, coreTicks } from "../harness/machine.ts";
import { rounded } from "../harness/numbers.ts";
import { childrenOf, CpuWatch } from "../harness/proc.ts";
import { figure } from "../harness/results.ts";
import { makeWords, type Words } from "../harness/words.ts";

/** Splits: each worker gets as many. */
const FILES = 4;
const EXPECTED_RATE = 3_000_000;
/** One count in so many is written. The text is repeated a multiple of it, so that the last count
 *  of each word is written, too: a word that is lost or doubled anywhere changes it. */
const EVERY = 64;

type Run = Awaited<ReturnType<typeof run>>;

export const wordCountWorkers: BenchCase = {
  name: "word-count-workers",
  about: "words of files, with one worker and with two, on the same two cores",
  async measure(ctx) {
    const copy = copyApp("words-of-files", ctx.folder, ctx.seed);
    const words = makeWords(ctx.folder, ctx.seed);
    const wanted = ((ctx.seconds ?? 10) * EXPECTED_RATE) / words.words;
    const step = FILES * EVERY;
    const repeat = Math.max(1, Math.round(wanted / step)) * step;
    const from = join(ctx.folder, "words-in");
    mkdirSync(from);
    // An empty line of a file is an empty record, with an empty word: these are not expected.
    const lines = readFileSync(words.path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    const content = `${lines.join("\n")}\n`.repeat(repeat / FILES);
    for (let i = 0; i < FILES; i++) writeFileSync(join(from, `${i}.txt`), content);
    const details: Run[] = [];
    // In turns, so that what else runs on the machine comes to both alike.
    for (let i = 0; i < (ctx.runs ?? 5); i++) {
      for (const workers of [1, 2]) {
        const one = await run(ctx, copy, { from, words, repeat }, workers);
        ctx.say(JSON.stringify(one));
        details.push(one);
      }
    }
    const ones = details.filter(({ workers }) => workers === 1);
    const twos = details.filter(({ workers }) => workers === 2);
    const ratios = (of: (one: Run) => number): number[] =>
      twos.map((two, i) => of(two) / of(ones[i]!));
    const rate = (all: readonly Run[]): number[] => all.map(({ perSecond }) => perSecond);
    const byCpu = (one: Run): number => 1 / Math.max(...one.workerCpuSeconds);
    return {
      figures: [
        figure("words, one worker", "words/s", rate(ones)),
        figure("words, two workers", "words/s", rate(twos)),
        figure(
          "two against one",
          "times",
          ratios((one) => one.perSecond),
          { atLeast: 1.4 },
        ),
        figure("two against one, by CPU time of the busiest worker", "times", ratios(byCpu)),
      ],
      command: "run APP --workers 1; run APP --workers 2; both not tied to a core",
      check: "every 64th count of each word is written once, up to the last of all its words",
      details,
    };
  },
};

interface Input {
  readonly from: string;
  readonly words: Words;
  readonly repeat: number;
}

async function run(ctx: Context, copy: Copy, { from, words, repeat }: Input, workers: number) {
  const into = join(ctx.folder, "words-out");
  rmSync(into, { recursive: true, force: true });
  const set = { source: from, target: into, oneIn: String(EVERY) };
  const settings = Object.entries(set).flatMap(([key, value]) => {
    return ["--set", `${copy.name(key)}=${value}`];
  });
  const flags = ["--workers", String(workers), "--http", "off", "--json", ...settings];
  const child = new Child("both", [...ctx.binary, "run", copy.app, ...flags]);
  await child.line("stdout", /^\{"type":"started".*$/m);
  const cores = coreTicks();
  const start = performance.now();
  const pids = childrenOf(child.pid);
  const watch = new CpuWatch([child.pid, ...pids]);
  await child.line("stdout", /^\{"type":"ended".*$/m);
  const seconds = (performance.now() - start) / 1_000;
  const [coordinatorCpuSeconds, ...workerCpuSeconds] = watch.end();
  const busy = busySince(cores);
  await child.end();
  check("workers seen", pids.length, workers);
  checkCounts(into, words.counts, repeat);
  const all = words.words * repeat;
  return {
    workers,
    words: all,
    seconds: rounded(seconds),
    perSecond: all / seconds,
    coordinatorCpuSeconds: coordinatorCpuSeconds!,
    workerCpuSeconds,
    ...busy,
  };
}

/** Every line that must be there is there, once, and no other. */
function checkCounts(folder: string, counts: ReadonlyMap<string, number>, repeat: number): void {
  const seen = new Map<string, Set<number>>();
  for (const name of readdirSync(folder).filter((one) => !one.startsWith("."))) {
    for (const line of readFileSync(join(folder, name), "utf8").split("\n")) {
      if (line === "") continue;
      const at = line.lastIndexOf(" => ");
      const word = line.slice(0, at);
      const count = Number(line.slice(at + 4));
      const of = seen.get(word) ?? new Set();
      check(`${line} is new`, of.has(count), false);
      check(`${line} is one in ${EVERY}`, count % EVERY, 0);
      seen.set(word, of.add(count));
    }
  }
  check("words that were counted", seen.size, counts.size);
  for (const [word, once] of counts) {
    const of = seen.get(word) ?? new Set();
    check(`counts of "${word}"`, of.size, (once * repeat) / EVERY);
    check(`last count of "${word}"`, Math.max(...of), once * repeat);
  }
}
