/** Checks of the generation, taken out: in what coordinator and workers say to each other, and when
 *  a worker makes a link to another. */
import type { Change, Mutant } from "./mutant.ts";

const AT_THE_DOOR: Change = {
  file: "coordinator/coordinator.ts",
  from: "if (run === undefined || !isSameGeneration(run.generation, generation)) {",
  to: "if (run === undefined) {",
};
const IN_THE_DECISION: Change = {
  file: "coordinator/job.ts",
  from: "if (!isSameGeneration(event.generation, run.generation)) return [run, []]; // J2",
  to: "",
};

export const GENERATION_MUTANTS: readonly Mutant[] = [
  {
    name: "a coordinator takes answers of any generation",
    by: "tales",
    changes: [AT_THE_DOOR, IN_THE_DECISION],
  },
  {
    name: "a worker takes orders of any generation",
    by: "tales",
    changes: [
      {
        file: "worker/held.ts",
        from: "return of.job === job && isSameGeneration(of.generation, generation);",
        to: "return of.job === job;",
      },
    ],
  },
  {
    name: "generation check of links",
    by: "tales",
    changes: [
      {
        file: "exchange/link-server.ts",
        from: "if (order === 0) return",
        to: "if (order <= 0) return",
      },
      {
        file: "exchange/link-expectation.ts",
        from: "attempt !== this.generation.attempt) {",
        to: "attempt < 0) {",
      },
    ],
  },
  {
    name: "the generation of an answer, where it comes in",
    by: "tales",
    covered: "the decision asks again; of names that are claimed a unit test tells",
    changes: [AT_THE_DOOR],
  },
  {
    name: "the generation of an answer, where is decided",
    by: "tales",
    covered: "it was asked where the answer came in",
    changes: [IN_THE_DECISION],
  },
];
