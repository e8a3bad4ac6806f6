/** What an instance of a task has counted until a barrier: its channels, its steps. */
import type { ExchangeExit } from "../exchange/exit.ts";
import type { Inbox } from "../exchange/inbox.ts";
import type { ChannelFlow, StepFlow } from "../model/checkpoint.ts";
import type { StepOptions } from "../model/pipeline.ts";
import type { StepRuntime } from "../operators/step-runtime.ts";
import type { TaskParts } from "./build-task.ts";
import type { Counts } from "./part-task.ts";

/** An exit, and the number of the channel to each of its targets. */
export interface NumberedExit {
  readonly channels: readonly number[];
  readonly exit: Pick<ExchangeExit, "sent">;
}

export interface NumberedInbox {
  readonly id: number;
  readonly inbox: Pick<Inbox, "received" | "sum">;
}

/**
 * Called at once behind the barrier, or the end, at all exits. What was received is of that moment;
 * what was sent is told when it has left: until then its checksums are not known. `counting`: the
 * task, where its steps count.
 */
export async function countsOf(
  exits: readonly NumberedExit[],
  inboxes: readonly NumberedInbox[],
  counting: Pick<TaskParts, "chain" | "entries" | "flushCounts"> | undefined,
): Promise<Counts> {
  const steps = counting === undefined ? [] : stepFlowsOf(counting);
  const received = inboxes.map(({ id, inbox }): ChannelFlow => {
    return { channel: id, received: inbox.received, sum: inbox.sum };
  });
  const sent = exits.flatMap(({ channels, exit }) =>
    exit.sent().map(async ({ records, sum }, i): Promise<ChannelFlow> => {
      return { channel: channels[i]!, sent: records, sum: await sum };
    }),
  );
  return { steps, flows: [...received, ...(await Promise.all(sent))] };
}

function stepFlowsOf(counting: Pick<TaskParts, "chain" | "entries" | "flushCounts">): StepFlow[] {
  counting.flushCounts();
  return [...counting.chain.all()].map((runtime) => {
    const { step, recordsIn, recordsOut } = runtime;
    const invalid = counting.entries.get(step.id)?.invalid ?? 0;
    const { dropped, diverted } = letGo(runtime);
    return { step: step.id, in: recordsIn, out: recordsOut, dropped: invalid + dropped, diverted };
  });
}

/** Records that failed, by what became of them. */
function letGo({ step, guard, asyncMap }: StepRuntime): Pick<StepFlow, "dropped" | "diverted"> {
  const failed = guard?.failed ?? asyncMap?.failed ?? 0;
  const { onError } = step.spec as StepOptions;
  return onError?.then === "divert"
    ? { dropped: 0, diverted: failed }
    : { dropped: failed, diverted: 0 };
}
