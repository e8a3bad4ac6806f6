/** The ends of a task's chain: what opened writers, or targets to be opened, are driven by. */
import type { Step } from "../model/pipeline.ts";
import type { Clock } from "../ports/clock.ts";
import type { TaskControl } from "../operators/control.ts";
import type { OpenTarget, OpenWriter, SinkEnd } from "../operators/operator.ts";
import { SinkBuffer } from "../operators/sink-buffer.ts";
import { SinkEach } from "../operators/sink-each.ts";
import { SpreadSink } from "../operators/spread-sink.ts";

export interface SinkParts {
  readonly control: TaskControl;
  readonly clock: Clock;
  readonly openTarget: (step: Step, target: string) => Promise<OpenTarget>;
  readonly fail: (error: unknown) => void;
  readonly warn: (step: string, text: string, target: string) => void;
  readonly onWantCommit: () => void;
}

export function buildSink(
  step: Step,
  connections: readonly OpenWriter[],
  parts: SinkParts,
): SinkEnd {
  const { name, spec } = step;
  const { control, clock, fail } = parts;
  if (spec.kind === "sinkEach") {
    return new SinkEach({
      name,
      control,
      clock,
      fail,
      target: spec.target,
      max: spec.max,
      idleMs: spec.idleMs,
      open: (target) => parts.openTarget(step, target),
      warn: (text, target) => parts.warn(name, text, target),
      onWantCommit: parts.onWantCommit,
    });
  }
  const buffers = connections.map((one) => new SinkBuffer({ name, control, fail, ...one }));
  if (buffers.length === 1) return buffers[0]!;
  const by = spec.kind === "sink" ? spec.by : undefined;
  return new SpreadSink(name, buffers, by);
}
