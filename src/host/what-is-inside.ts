/** What a job that does not come to its end still holds, for people (pure). */
import type { JobStatus, SinkStatus } from "../model/status.ts";

/** Which sinks hold records, and how many. */
export function whatIsInside({ sinks }: Pick<JobStatus, "sinks">): string {
  const texts = sinks.flatMap((sink) => {
    const held = heldBy(sink);
    return held === undefined ? [] : [`sink "${sink.name}" (${sink.about}) holds ${held}`];
  });
  return texts.length === 0 ? "no sink holds records: a step is busy" : texts.join("; ");
}

/** Undefined for a sink that waits for nothing. */
function heldBy({ pending, isBlocked, facts }: SinkStatus): string | undefined {
  const records = pending + numberOf(facts["heldRecords"]);
  if (records > 0) return `${records} ${records === 1 ? "record" : "records"}`;
  const bytes = numberOf(facts["heldBytes"]) + numberOf(facts["held"]);
  if (bytes > 0) return `${bytes} bytes`;
  return isBlocked ? "back its inputs" : undefined;
}

function numberOf(fact: string | number | undefined): number {
  return typeof fact === "number" ? fact : 0;
}
