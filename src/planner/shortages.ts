/** What an app asked for and did not get, since there are not as many workers, or others (pure). */
import type { Placement } from "../model/placement.ts";
import type { PlaceWishes } from "./place.ts";

/** A sentence for each source that fewer workers read than it asked for, and for keys. */
export function shortagesOf(wishes: PlaceWishes, placement: Placement): readonly string[] {
  return [...sourcesShort(wishes, placement), ...keysShort(placement)];
}

/** There is never more than one worker for a key group. */
function keysShort({ tasks, workers }: Placement): readonly string[] {
  const groups = Math.max(0, ...tasks.map((task) => task.groups.length));
  const rest = workers.length - groups;
  if (groups === 0 || rest <= 0) return [];
  return [`${rest} of ${workers.length} workers have no keys: there are ${groups} key groups`];
}

function sourcesShort({ sources }: PlaceWishes, placement: Placement): readonly string[] {
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
