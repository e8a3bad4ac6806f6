/**
 * Whether nothing was lost or doubled until a barrier, by what all workers counted (pure).
 *
 * F1. Each channel gave as many records as were put in, in the same frames in the same order.
 * F2. Each step was given what the steps before it gave, where their counts tell that output.
 */
import type { Problem } from "../control/messages.ts";
import { carriedName, channelIds } from "../model/channel-ids.ts";
import type { ChannelFlow, FlowProof, PartSnapshot, StepFlow } from "../model/checkpoint.ts";
import type { Placement } from "../model/placement.ts";
import type { Plan } from "../model/plan.ts";
import type { FlowStep } from "../planner/flow-steps.ts";

/** What says which counts belong together. */
export interface FlowMap {
  readonly plan: Plan;
  /** Empty for a job of an older engine. */
  readonly steps: readonly FlowStep[];
}

export interface Counted {
  readonly epoch: number;
  readonly parts: readonly PartSnapshot[];
  readonly map: FlowMap | undefined;
  readonly placement: Placement | undefined;
}

/** What one generation carried. */
export type Carried = Pick<FlowProof, "channels" | "records" | "steps">;

/** What was carried, or the first that does not add up. */
export function proofOf(counted: Counted): Carried | Problem {
  const channels = provenChannels(counted);
  if ("code" in channels) return channels;
  const steps = provenSteps(counted);
  return "code" in steps ? steps : { ...channels, ...steps };
}

interface Ends {
  sent: ChannelFlow | undefined;
  received: ChannelFlow | undefined;
}

/** F1 */
function provenChannels(counted: Counted): Omit<Carried, "steps"> | Problem {
  const all = new Map<number, Ends>();
  for (const flow of counted.parts.flatMap(({ flows = [] }) => flows)) {
    const ends = all.get(flow.channel) ?? { sent: undefined, received: undefined };
    if (flow.sent !== undefined) ends.sent = flow;
    if (flow.received !== undefined) ends.received = flow;
    all.set(flow.channel, ends);
  }
  let [channels, records] = [0, 0];
  for (const [channel, { sent, received }] of all) {
    // Workers of an older engine do not tell.
    if (sent === undefined || received === undefined) continue;
    if (sent.sent !== received.received || differs(sent.sum, received.sum)) {
      return channelDiffers(channel, sent, received, counted);
    }
    channels++;
    records += sent.sent!;
  }
  return { channels, records };
}

/** Without frames there are no checksums. */
function differs(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

function channelDiffers(
  channel: number,
  { sent, sum }: ChannelFlow,
  { received, sum: arrived }: ChannelFlow,
  counted: Counted,
): Problem {
  const [gave, was] = sent === received ? [sumText(arrived), sumText(sum)] : ["", ""];
  return problem(
    `channel ${channel}${endsText(channel, counted)} carried ${received} records${gave} until ` +
      `barrier ${counted.epoch} and was given ${sent}${was}`,
  );
}

function sumText(sum: number | undefined): string {
  return ` in frames of checksum ${(sum ?? 0).toString(16).padStart(8, "0")}`;
}

/** ` (from "words" on w-1 to "count" on w-2)` */
function endsText(channel: number, { map, placement }: Counted): string {
  if (map === undefined || placement === undefined) return "";
  const { plan, steps } = map;
  const found = channelIds(plan, placement).find(({ id }) => id === channel);
  if (found === undefined) return "";
  const { route, up, down } = found;
  const worker = (task: number, instance: number): string | undefined =>
    placement.workers[placement.tasks[task]!.instances[instance]!]?.name;
  const inside = plan.tasks[route.toTask]!.steps;
  const to = plan.exchanges.find((one) => {
    return carriedName(one) === carriedName(route) && inside.includes(one.to);
  });
  return (
    ` (from ${stepText(steps[route.from])} on ${worker(route.fromTask, up)} to ` +
    `${stepText(steps[to?.to ?? -1])} on ${worker(route.toTask, down)})`
  );
}

function stepText(step: FlowStep | undefined): string {
  return step === undefined || step.name === "" ? "a merge" : `"${step.name}"`;
}

/** F2 */
function provenSteps(counted: Counted): Pick<Carried, "steps"> | Problem {
  const counts = new Map<number, StepFlow>();
  for (const flow of counted.parts.flatMap(({ steps = [] }) => steps)) {
    counts.set(flow.step, added(counts.get(flow.step), flow));
  }
  const known = counted.map?.steps ?? [];
  for (const [step, { in: taken }] of counts) {
    const given = givenTo(step, counts, counted);
    if (given === undefined || given === taken) continue;
    const names = known[step]!.inputs.map(({ from }) => stepText(known[from]));
    return problem(
      `step ${stepText(known[step])} took ${taken} records until barrier ${counted.epoch}, and ` +
        `was given ${given} by ${[...new Set(names)].join(" and ")}`,
    );
  }
  const steps = [...counts.values()].toSorted((a, b) => a.step - b.step);
  const named = steps.flatMap(({ step, ...count }) => {
    const name = known[step]?.name ?? "";
    return name === "" ? [] : [{ name, ...count }];
  });
  return { steps: named };
}

function added(a: StepFlow | undefined, b: StepFlow): StepFlow {
  if (a === undefined) return b;
  return {
    step: b.step,
    in: a.in + b.in,
    out: a.out + b.out,
    dropped: a.dropped + b.dropped,
    diverted: a.diverted + b.diverted,
  };
}

/** What the steps before it gave; undefined where that cannot be told. */
function givenTo(
  step: number,
  counts: ReadonlyMap<number, StepFlow>,
  { map, placement }: Counted,
): number | undefined {
  const inputs = map?.steps[step]?.inputs ?? [];
  if (inputs.length === 0) return undefined;
  let given = 0;
  for (const [input, { from, count }] of inputs.entries()) {
    const before = counts.get(from);
    if (count === undefined || before === undefined) return undefined;
    given += before[count] * copies(step, input, map!.plan, placement);
  }
  return given;
}

/** How many instances get each record of an input. */
function copies(to: number, input: number, plan: Plan, placement: Placement | undefined): number {
  const exchange = plan.exchanges.find((one) => one.to === to && one.input === input);
  if (exchange === undefined || exchange.isLocal) return 1;
  if (exchange.partitioner !== "broadcast") return 1;
  const task = plan.tasks.findIndex(({ steps }) => steps.includes(to));
  return placement?.tasks[task]?.instances.length ?? 1;
}

function problem(what: string): Problem {
  return {
    code: "records_differ",
    domain: "internal",
    message:
      `${what}: the checkpoint is not stored, and the job goes back to the one before; this is a ` +
      "mistake of the engine, please report it with the log",
  };
}
