/** The numbers of a job's channels (pure): the same on every worker of a generation. */
import type { Exchange, Plan, Route } from "./plan.ts";
import type { Placement } from "./placement.ts";

export interface ChannelId {
  readonly id: number;
  readonly route: Route;
  /** Instances of the two tasks. */
  readonly up: number;
  readonly down: number;
}

/** Every channel: for each route one for each pair of instances. */
export function channelIds(plan: Plan, placement: Placement): readonly ChannelId[] {
  const channels: ChannelId[] = [];
  for (const route of plan.routes) {
    const ups = placement.tasks[route.fromTask]!.instances.length;
    const downs = placement.tasks[route.toTask]!.instances.length;
    for (let up = 0; up < ups; up++) {
      for (let down = 0; down < downs; down++) {
        channels.push({ id: channels.length, route, up, down });
      }
    }
  }
  return channels;
}

/** What a route carries, and an exchange takes: an output, as it is dealt. */
export function carriedName({
  from,
  output,
  partitioner,
}: Pick<Route | Exchange, "from" | "output" | "partitioner">): string {
  return `${from}/${output}/${partitioner}`;
}
