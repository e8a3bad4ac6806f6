/** Runs seeds until one finds something wrong: `bun find.ts FROM COUNT SECONDS`. For mutants. */
import { runSwarm } from "./swarm.ts";

const [from = 1, count = 1, seconds = 60] = process.argv.slice(2).map(Number);
const problems: string[] = [];
process.on("unhandledRejection", (error) => void problems.push(`a promise: ${String(error)}`));
const end = performance.now() + seconds * 1_000;
let ran = 0;
for (let seed = from; seed < from + count && performance.now() < end; seed++) {
  ran++;
  try {
    const { problem } = runSwarm(seed);
    if (problem !== undefined) problems.push(problem);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  // Rejections are told in a turn of the event loop.
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (problems.length > 0) {
    console.log(JSON.stringify({ seed, ran, problem: problems[0]!.split("\n")[0] }));
    process.exit(0);
  }
}
console.log(JSON.stringify({ ran }));
