/**
 * Runs seeds, or the points of the run that is stopped at its effects, until one finds something
 * wrong: `bun find.ts seeds|points FROM COUNT SECONDS`. For mutants.
 */
import { runEffects } from "./effect-points.ts";
import { runSwarm } from "./swarm.ts";

const [by = "seeds", ...numbers] = process.argv.slice(2);
const [from = 1, count = 1, seconds = 60] = numbers.map(Number);
const problems: string[] = [];
process.on("unhandledRejection", (error) => void problems.push(`a promise: ${String(error)}`));
const end = performance.now() + seconds * 1_000;
const points = by === "points" ? runEffects().points : [];
const last = by === "points" ? Math.min(from + count - 1, points.length) : from + count - 1;

/** Point 0 is the run that nothing stops. The others come in an order that goes over all of the run
 *  early: most of what is wrong shows at many of them. */
const STRIDE = 617;
function numberOf(seed: number): number {
  return by === "seeds" || seed === 0 ? seed : (((seed - 1) * STRIDE) % points.length) + 1;
}

function run(seed: number): { readonly problem: string | undefined; readonly where?: string } {
  if (by === "seeds") return runSwarm(seed);
  const point = points[seed - 1];
  const where = point && `${point.host} ${point.stop} ${point.what}`;
  return { ...runEffects(point), ...(where === undefined ? {} : { where }) };
}

let ran = 0;
for (let at = from; at <= last && performance.now() < end; at++) {
  const seed = numberOf(at);
  ran++;
  let where: string | undefined;
  try {
    const result = run(seed);
    where = result.where;
    if (result.problem !== undefined) problems.push(result.problem);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  // Rejections are told in a turn of the event loop.
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (problems.length > 0) {
    console.log(JSON.stringify({ seed, ran, problem: problems[0]!.split("\n")[0], where }));
    process.exit(0);
  }
}
console.log(JSON.stringify({ ran }));
