/** What `status JOB` says of what a job has proven, and of its sinks (pure). */
import type { JobSummary } from "../model/cluster-status.ts";
import type { SinkStatus } from "../model/status.ts";
import type { Out } from "./command.ts";
import { numberText, tableText } from "./table.ts";

const right = "right" as const;

/** What added up at the newest checkpoint: both ends of each channel, and all steps. */
export function proofText({ checkpoint }: JobSummary, out: Out): string {
  const { epoch, proof } = checkpoint ?? {};
  if (proof === undefined) return "";
  const { channels, records, total = records, epochs = 1, steps = [] } = proof;
  const carried =
    channels === 0
      ? "all on one worker, in one task"
      : `${numberText(records)} records sent through ${channels} channels since its generation ` +
        `began, and as many received; ${numberText(total)} of the whole job`;
  const proven = `records added up at ${numberText(epochs)} barriers, none was stored otherwise`;
  return `checkpoint ${epoch}: ${carried}\n${proven}\n${stepsText(steps, out)}`;
}

type Steps = NonNullable<NonNullable<NonNullable<JobSummary["checkpoint"]>["proof"]>["steps"]>;

function stepsText(steps: Steps, out: Out): string {
  if (steps.length === 0) return "";
  const titles = ["in", "out", "dropped", "diverted"] as const;
  const columns = [{ title: "step" }, ...titles.map((title) => ({ title, align: right }))];
  const rows = steps.map((step) => [step.name, ...titles.map((title) => numberText(step[title]))]);
  return `\n${tableText(columns, rows, out)}`;
}

/** With what each promises: not every sink can be exact. */
export function sinksText(sinks: readonly SinkStatus[], out: Out): string {
  const columns = [{ title: "sink" }, { title: "delivery" }, { title: "records", align: right }];
  const rows = sinks.map(({ name, delivery, records, isBlocked }) => [
    name,
    delivery,
    `${numberText(records)}${isBlocked ? " (waits)" : ""}`,
  ]);
  return tableText(columns, rows, out);
}

/** What an app asked for and does not have. */
export function shortText({ job, short = [] }: JobSummary): string {
  return short.map((text) => `${job}: ${text}\n`).join("");
}
