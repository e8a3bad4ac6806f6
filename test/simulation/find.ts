/**
 * Runs seeds, or the points of the run that is stopped at its effects, or what was thought of,
 * until one finds something wrong: `bun find.ts seeds|points|tales FROM COUNT SECONDS`. For
 * mutants.
 */
import { type EffectPoint, runEffects } from "./effect-points.ts";
import { runLateAnswers } from "./late-answers.ts";
import { runLateLinks } from "./late-links.ts";
import type { Found } from "./mutants.ts";
import { runSwarm } from "./swarm.ts";

const [by = "seeds", ...numbers] = process.argv.slice(2);
const [from = 1, count = 1, seconds = 60] = numbers.map(Number);
const problems: string[] = [];
process.on("unhandledRejection", (error) => void problems.push(`a promise: ${String(error)}`));
const end = performance.now() + seconds * 1_000;
/** Prime. */
const STRIDE = 617;

interface Try extends Omit<Found, "ran"> {
  readonly run: () => { readonly problem: string | undefined };
}

/** Schedules that chance does not make within thousands of seeds. */
const TALES: readonly Try[] = [
  { seed: 1, where: "a late answer", run: runLateAnswers },
  { seed: 2, where: "a late link", run: runLateLinks },
];

/** In turn one of each kind of effect and stop, from all over the run: what is wrong shows at many
 *  points, but not of each kind. */
function mixed(all: readonly EffectPoint[]): readonly Try[] {
  const tries = all.map((point, i): Try => {
    const where = `${point.host} ${point.stop} ${point.what}`;
    return { seed: i + 1, where, run: () => runEffects(point) };
  });
  const kinds = Map.groupBy(tries, (_, i) => {
    const { what, stop } = all[i]!;
    return `${stop} ${what.split(" ").slice(0, 2).join(" ")}`;
  });
  // First from the middle, where there are checkpoints before and behind it.
  const placed = [...kinds.values()].flatMap((those) => {
    const middle = Math.floor(those.length / 2);
    return those.map((each, i) => {
      const ahead = (i - middle + those.length) % those.length;
      return { each, round: (ahead * STRIDE) % those.length };
    });
  });
  return placed.sort((a, b) => a.round - b.round).map(({ each }) => each);
}

const points = by === "points" ? mixed(runEffects().points) : [];

function tryOf(at: number): Try {
  if (by === "seeds") return { seed: at, run: () => runSwarm(at) };
  if (by === "tales") return TALES[at - 1]!;
  return points[at - 1] ?? { seed: 0, where: "nothing is stopped", run: () => runEffects() };
}

const most = { seeds: Infinity, points: points.length, tales: TALES.length }[by] ?? 0;
let ran = 0;
for (let at = from; at < from + count && at <= most && performance.now() < end; at++) {
  const { run, ...place } = tryOf(at);
  ran++;
  try {
    const { problem } = run();
    if (problem !== undefined) problems.push(problem);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  // Rejections are told in a turn of the event loop.
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (problems.length > 0) {
    console.log(JSON.stringify({ ...place, ran, problem: problems[0]!.split("\n")[0] }));
    process.exit(0);
  }
}
console.log(JSON.stringify({ ran }));
