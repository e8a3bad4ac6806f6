/** What the ends of a graph promise to the outside, as plain data: kept with a job (pure). */
import type { Pipeline } from "../model/pipeline.ts";
import type { Delivery } from "../model/sink.ts";

export interface Outside {
  readonly sources: readonly {
    readonly name: string;
    /** Whether it can be read again from before what was acknowledged. */
    readonly canGoBack: boolean;
  }[];
  readonly sinks: readonly {
    readonly name: string;
    /** Undefined where records name the targets. */
    readonly delivery: Delivery | undefined;
    /** Whether it shows records by transactions only. */
    readonly commits: boolean;
  }[];
}

export function outsideOf({ steps }: Pipeline): Outside {
  return {
    sources: steps.flatMap(({ name, spec }) => {
      if (spec.kind !== "source") return [];
      const { replays, canGoBack } = spec.source;
      return [{ name, canGoBack: replays === true && canGoBack === true }];
    }),
    sinks: steps.flatMap(({ name, spec }): Outside["sinks"] => {
      if (spec.kind === "sinkEach") return [{ name, delivery: undefined, commits: false }];
      if (spec.kind !== "sink") return [];
      const { sink } = spec;
      return [{ name, delivery: sink.delivery, commits: sink.committer !== undefined }];
    }),
  };
}
