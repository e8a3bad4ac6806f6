/** Graphs made by hand, as the API would make them. */
import type {
  Edge,
  ErrorPolicy,
  Pipeline,
  Step,
  StepOptions,
  StepSpec,
} from "../../src/model/pipeline.ts";
import type { Delivery, Sink } from "../../src/model/sink.ts";
import type { Source } from "../../src/model/source.ts";
import type { StateSpec } from "../../src/model/state-spec.ts";

const nothing = (): never => {
  throw new Error("a graph that was made by hand does not run");
};

export function source(about = "numbers", replays?: boolean): StepSpec {
  const none: Source<unknown> = { kind: "test", about, splits: nothing, open: nothing };
  return { kind: "source", source: replays === undefined ? none : { ...none, replays } };
}

export function sink(about = "nowhere", delivery: Delivery = "at-least-once"): StepSpec {
  const none: Sink<unknown> = { kind: "test", about, delivery, open: nothing };
  return { kind: "sink", sink: none, connections: 1 };
}

export const map: StepSpec = { kind: "map", fn: nothing };

/** A map with side outputs, or with a rule for what throws. */
export function mapWith(options: StepOptions): StepSpec {
  return { kind: "map", fn: nothing, ...options };
}

export function onError(then: ErrorPolicy["then"], retries = 0): StepOptions {
  // oxlint-disable-next-line unicorn/no-thenable -- the name is that of the contract.
  return { onError: { retries, then } };
}

export const filter: StepSpec = { kind: "filter", fn: nothing };
export const inspect: StepSpec = { kind: "inspect", fn: nothing };
export const flatMap: StepSpec = { kind: "flatMap", fn: nothing, maxOutputs: 10 };
export const keyBy: StepSpec = { kind: "keyBy", fn: nothing };
export const collect: StepSpec = { kind: "collect" };
export const rebalance: StepSpec = { kind: "rebalance" };
export const merge: StepSpec = { kind: "merge" };
export const forward: StepSpec = { kind: "forward" };

export function state(version = 1): StateSpec<unknown> {
  return { kind: "value", init: nothing, version };
}

export function mapWithState(version = 1): StepSpec {
  return { kind: "mapWithState", state: state(version), fn: nothing };
}

export const broadcast: StepSpec = {
  kind: "broadcast",
  state: state(),
  fn: nothing,
  update: nothing,
};

/** Adds steps; `add` gives the id. An input is an id, or an id and an output. */
export class Hand {
  readonly steps: Step[] = [];
  readonly app: string;

  constructor(app = "hand-made") {
    this.app = app;
  }

  add(name: string, spec: StepSpec, ...inputs: (number | readonly [number, number])[]): number {
    const id = this.steps.length;
    const edges = inputs.map((input): Edge =>
      typeof input === "number" ? { from: input, output: 0 } : { from: input[0], output: input[1] },
    );
    this.steps.push({ id, name, spec, inputs: edges, at: `app.ts:${id + 1}` });
    return id;
  }

  get pipeline(): Pipeline {
    return { app: this.app, steps: this.steps };
  }
}

/** Word count: source, flatMap, keyBy, state, sink. */
export function wordCount(): Hand {
  const hand = new Hand("word-count");
  const lines = hand.add("lines", source("lines of a socket", false));
  const split = hand.add("split", flatMap, lines);
  const trim = hand.add("trim", filter, split);
  const word = hand.add("word", keyBy, trim);
  const count = hand.add("count", mapWithState(2), word);
  hand.add("counts", sink("lines to a socket", "at-most-once"), count);
  return hand;
}
