import type { AppGraph } from "../coordinator/job-spec.ts";
import type { Pipeline } from "../model/pipeline.ts";
import { shapedHeaders } from "../model/state-header.ts";
import { graphHash, graphLines } from "../planner/graph-hash.ts";
import { flowSteps } from "../planner/flow-steps.ts";
import { outsideOf } from "../planner/outside.ts";
import { placeWishes } from "../planner/place.ts";
import { plan } from "../planner/plan.ts";

/** What a coordinator keeps of a valid graph. */
export function appGraph(pipeline: Pipeline): AppGraph {
  return {
    graphHash: graphHash(pipeline),
    lines: graphLines(pipeline),
    whole: plan(pipeline, 1),
    cut: plan(pipeline, 2),
    wishes: placeWishes(pipeline),
    states: shapedHeaders(pipeline),
    flow: flowSteps(pipeline),
    outside: outsideOf(pipeline),
  };
}
