/** What an app asked for and did not get, since there are not as many workers, or others (pure). */
import type { Placement } from "../model/placement.ts";
import type { PlaceWishes } from "./place.ts";

/** A sentence for each source that fewer workers read than it asked for. */
export function shortagesOf({ sources }: PlaceWishes, placement: Placement): readonly string[] {
  const there = placement.workers.map(({ name }) => name);
  return sources.flatMap(({ step, name, on }) => {
    const readers = placement.sources.find((one) => one.step === step)?.instances.length ?? 0;
    if (typeof on === "number" && readers < on) {
      return [`source "${name}" is to be on ${on} workers, and the job has ${readers}`];
    }
    if (typeof on !== "object") return [];
    const missing = on.filter((worker) => !there.includes(worker));
    if (missing.length === 0) return [];
    const others = missing.join(" and ");
    return [`source "${name}" is to be on ${on.join(" and ")}, and the job has not ${others}`];
  });
}
