import { testSinkContract } from "../../../support/sink-contract.ts";
import { sinkWorld } from "../../../support/bridge-sink.ts";

testSinkContract("bridge.connect", async () => {
  const { sink, ctx, lines, receiver, clock } = sinkWorld();
  clock.isEager = true;
  return {
    sink,
    ctx: ctx(),
    record: (i: number) => `record ${i} ä`,
    visible: async () => {
      if (receiver.violations.length > 0) throw new Error(receiver.violations.join("; "));
      return lines();
    },
    crash: () => receiver.crash(),
    overlaps: false,
  };
});
