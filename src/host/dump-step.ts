/** The state of one step in a checkpoint, as plain data: read by what is in the files alone. */
import type { SegmentPorts } from "../checkpoint/segment-writer.ts";
import type { Manifest } from "../model/checkpoint.ts";
import type { StepContext } from "../model/context.ts";
import type { StateHeader } from "../model/state-header.ts";
import type { StateSpec } from "../model/state-spec.ts";
import { copyPlain } from "../base/plain.ts";
import { MemoryTable } from "../state/memory-backend.ts";
import { restoreTask } from "../worker/task-restore.ts";
import { systemClock } from "./system-clock.ts";

export interface DumpedEntry {
  readonly key: unknown;
  readonly state: unknown;
}

/** Undefined where the checkpoint has no state of that step. */
export async function dumpStep(
  ports: SegmentPorts,
  manifest: Manifest,
  step: string,
): Promise<readonly DumpedEntry[] | undefined> {
  const headers = manifest.states.filter((one) => one.step === step);
  if (headers.length === 0) return undefined;
  const tables = headers.map((header) => ({
    table: new MemoryTable<unknown>({ step, namespace: header.namespace }, specOf(header)),
    header,
    isReplicated: false,
    // Nothing is made anew: what is there has this very version.
    context: {} as StepContext,
    groups: [[0, manifest.keyGroups] as const],
  }));
  const snapshots = manifest.tasks.filter(({ steps }) => steps.some(({ name }) => name === step));
  await restoreTask({ ports, clock: systemClock(), snapshots, tables });
  return tables.flatMap(({ table }) =>
    Array.from(table.entries(), ({ key, value }) => ({ key, state: copyPlain(value) })),
  );
}

function specOf({ kind, parts }: StateHeader): StateSpec<unknown> {
  if (kind === "aggregate") return { kind: "value", version: 1 };
  const [only] = parts;
  if (kind !== "several") return { kind, version: only?.version ?? 1 };
  return {
    kind,
    version: 1,
    parts: parts.map((part) => {
      const own = part.kind === "accumulator" ? "value" : part.kind;
      return [part.name, { kind: own, version: part.version }] as const;
    }),
  };
}
