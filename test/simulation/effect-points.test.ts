/** Some effects at which a small run can be stopped; `npm run campaign effect-points`: all. */
import { expect, test } from "bun:test";
import { type EffectPoint, runEffects, type Stop } from "./effect-points.ts";

const AT_LINK = ["sleeps before", "hears no", "hears no for a time", "it comes very late"];

/** Of the middle of the run, where a new generation must begin. */
const IN_THE_MIDDLE: readonly (readonly [stop: Stop, what: string])[] = [
  ["dies before", "sink prepare"],
  ["dies after", "sink commit"],
  ["dies after", "send"],
  ["sleeps before", "store rename /store/blobs/jobs"],
];

/** What can be done where a manifest gets its name; in the middle; a loss of power; a store that
 *  is away when the job begins. */
function some(points: readonly EffectPoint[]): readonly EffectPoint[] {
  const { index } = points.findLast(({ what }) => what.startsWith("store link "))!;
  const links = points.filter(
    (point) => point.index === index && AT_LINK.some((how) => point.stop.endsWith(how)),
  );
  const middle = IN_THE_MIDDLE.map(([stop, what]) => {
    const those = points.filter((point) => point.stop === stop && point.what.startsWith(what));
    return those[Math.floor(those.length / 2)]!;
  });
  const power = points.findLast(({ stop }) => stop === "loses power after")!;
  const away = points.find(({ stop }) => stop === "hears no for a time")!;
  return [...links, ...middle, power, away];
}

test("a process stopped at any effect, before or after it, leaves each record once", () => {
  const { problem, points, generations, checkpoints } = runEffects();
  expect([problem, generations]).toEqual([undefined, 1]);
  expect(checkpoints).toBeGreaterThanOrEqual(3);
  let continued = 0;
  const chosen = some(points);
  expect(new Set(chosen.map(({ stop }) => stop)).size).toBe(9);
  for (const point of chosen) {
    const result = runEffects(point);
    expect([point, result.problem]).toEqual([point, undefined]);
    if (result.generations > 1) continued++;
  }
  expect(continued).toBeGreaterThanOrEqual(IN_THE_MIDDLE.length);
}, 60_000);
