/** Some effects at which a small run can be stopped; `npm run campaign effect-points`: all. */
import { expect, test } from "bun:test";
import { type EffectPoint, runEffects } from "./effect-points.ts";

/** Prime, so that all kinds of effects come. */
const STRIDE = 797;

const AT_LINK = ["sleeps before", "hears no", "hears no for a time", "it comes very late"];

/** What can be done where a manifest gets its name; a loss of power; a store that is away when the
 *  job begins; and every so many. */
function some(points: readonly EffectPoint[]): readonly EffectPoint[] {
  const { index } = points.findLast(({ what }) => what.startsWith("store link "))!;
  const power = points.findLast(({ stop }) => stop === "loses power after");
  const away = points.find(({ stop }) => stop === "hears no for a time");
  const isLink = (point: EffectPoint): boolean =>
    point.index === index && AT_LINK.some((how) => point.stop === how || point.stop.endsWith(how));
  return points.filter(
    (point, at) => at % STRIDE === 0 || isLink(point) || point === power || point === away,
  );
}

test("a process stopped at any effect, before or after it, leaves each record once", () => {
  const { problem, points, generations, checkpoints } = runEffects();
  expect([problem, generations]).toEqual([undefined, 1]);
  expect(checkpoints).toBeGreaterThanOrEqual(3);
  let continued = 0;
  const stops = new Set<string>();
  for (const point of some(points)) {
    const result = runEffects(point);
    expect([point, result.problem]).toEqual([point, undefined]);
    stops.add(point.stop);
    if (result.generations > 1) continued++;
  }
  expect(stops.size).toBeGreaterThanOrEqual(9);
  expect(continued).toBeGreaterThan(3);
}, 60_000);
